use leptos::prelude::*;
use ui::{ButtonVariant, Card, CopyButton, LinkButton};

use super::{Onboarding, StepHeading};

const DOCKER: &str = "docker run -e DB_ENGINE=postgres -e DB_HOST=db.example.com -e DB_PORT=5432 \\\n  -e DB_NAME=shop -e DB_USER=bastion_reader -e DB_PASSWORD_FILE=/run/secrets/db \\\n  -v ./secrets:/run/secrets:ro -p 7800:7800 bastion-mcp \\\n  serve --listen 0.0.0.0:7800 --allowed-host agent.example.com --token-file /run/secrets/token";

const BUILD: &str = "docker build -t bastion-mcp -f crates/mcp/Dockerfile .";

const SERVE: &str = "bastion-mcp serve --source shop-db=postgres://bastion_reader@db.example.com/shop \\\n  --listen 127.0.0.1:7800 --token-file ./token";

const ROLE: &str = "bastion-mcp setup-sql postgres";

const CHECK: &str = "bastion-mcp check postgres://bastion_reader@db.example.com/shop";

/// How to start the agent beside the database.
#[component]
pub fn AgentStep() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    view! {
        <StepHeading
            title="Start bastion-mcp"
            text="This container connects to your database securely. It runs on your side, reads only, and Bastion never sees the database's password."
        />
        <Card>
            <ol class="space-y-6">
                <Instruction
                    title="Make a role that can only read"
                    text="Prints the SQL for the least rights it needs; instead of postgres, mysql and mariadb work as well. SQLite needs no role."
                    command=ROLE
                />
                <Instruction
                    title="Build the container's image"
                    text="In a checkout of Bastion's repository: no registry has the image yet."
                    command=BUILD
                />
                <Instruction title="Start the container" text="Beside the database, with its address in the environment; DB_ENGINE is postgres, mysql or mariadb. The allowed host is the name by which Bastion calls the agent." command=DOCKER />
                <Instruction title="Or start the binary" text="The same agent without a container: cargo build --release -p mcp makes it." command=SERVE />
                <Instruction
                    title="Check it"
                    text="Says whether the database is reachable and whether the role is safe."
                    command=CHECK
                />
            </ol>
        </Card>
        <div class="mt-5 flex gap-2">
            <LinkButton href=Signal::derive(move || onboarding.step("scan")) variant=ButtonVariant::Primary>
                "The agent is running"
            </LinkButton>
            <LinkButton href=Signal::derive(move || onboarding.step("connection"))>"Back"</LinkButton>
        </div>
    }
}

#[component]
fn Instruction(title: &'static str, text: &'static str, command: &'static str) -> impl IntoView {
    view! {
        <li>
            <h2 class="font-medium">{title}</h2>
            <p class="mt-0.5 text-table text-text-2">{text}</p>
            <div class="mt-2 flex items-start gap-2 rounded-control border border-border bg-bg py-2 pr-2 pl-3">
                <pre class="min-w-0 flex-1 py-1 font-mono text-label break-words whitespace-pre-wrap" tabindex="0" aria-label=format!("Command: {title}")>{command}</pre>
                <CopyButton text=command.to_owned() what="command" />
            </div>
        </li>
    }
}
