//! A mail server that delivers nothing and forgives nothing: whatever breaks RFC 5321 or 5322 is refused, and noted.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: String,
    /// Headers in their order; folded ones are unfolded.
    pub headers: Vec<(String, String)>,
    /// Lines end with `\n`.
    pub text: String,
}

impl Received {
    /// The only header of a name.
    ///
    /// # Panics
    /// When there is none, or more than one.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => value,
            _ => panic!("not exactly one {name}: {:?}", self.headers),
        }
    }

    /// The token at the end of the only link in it.
    ///
    /// # Panics
    /// When there is no link, or more than one.
    #[must_use]
    pub fn token(&self) -> &str {
        let mut links =
            self.text.split_whitespace().filter(|word| word.contains("://") && word.contains('#'));
        match (links.next(), links.next()) {
            (Some(link), None) => link.rsplit('#').next().unwrap_or_default(),
            _ => panic!("not exactly one link with a token: {}", self.text),
        }
    }
}

/// What the server does otherwise than it should, once.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answers the command that begins so with this line.
    Answer(&'static str, &'static str),
    /// Takes the mail, and is gone before it says so.
    GoneAfterData,
}

#[derive(Default)]
struct State {
    mails: Vec<Received>,
    faults: Vec<Fault>,
    violations: Vec<String>,
    /// Everything that clients said.
    heard: String,
}

/// A mail server on a loopback port, until it is dropped.
pub struct Smtp {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Smtp {
    /// One that takes mail from anybody.
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// One that takes mail from whoever gives this user and password.
    pub async fn asking_for(user: &str, password: &str) -> Self {
        Self::with(Some(plain(user, password))).await
    }

    async fn with(secret: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, secret) = (Arc::clone(&shared), secret.clone());
                tokio::spawn(async move {
                    // A client that is gone in the middle has nothing to hear.
                    let _ = Session::new(stream, state, secret).serve().await;
                });
            }
        });
        Self { address, state, task }
    }

    /// `smtp://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// All mails that were taken, the oldest first.
    ///
    /// # Panics
    /// When a client broke a rule.
    #[must_use]
    pub fn mails(&self) -> Vec<Received> {
        let state = lock(&self.state);
        assert!(state.violations.is_empty(), "{:?}", state.violations);
        state.mails.clone()
    }

    /// All that clients said, whether it was right or not.
    #[must_use]
    pub fn heard(&self) -> String {
        lock(&self.state).heard.clone()
    }

    /// Does something wrong the next time that it fits.
    pub fn fail(&self, fault: Fault) {
        lock(&self.state).faults.push(fault);
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `AUTH PLAIN` says: base64 of a zero, the user, a zero and the password.
fn plain(user: &str, password: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = format!("\0{user}\0{password}");
    let mut text = String::new();
    for group in bytes.as_bytes().chunks(3) {
        let word =
            group.iter().chain([&0; 2]).take(3).fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = LETTERS[word >> (18 - 6 * place) & 63];
            text.push(if place <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// The envelope, as far as it is known.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Option<String>,
}

struct Session {
    stream: BufReader<TcpStream>,
    state: Arc<Mutex<State>>,
    secret: Option<String>,
    greeted: bool,
    authenticated: bool,
    envelope: Envelope,
}

/// The longest command and the longest line of a mail, with the end of the line.
const COMMAND: usize = 512;
const LINE: usize = 1000;
/// What RFC 5322 asks for, and what we promise beside it: that the text is not encoded, so that a link in it is whole.
const HEADERS: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
];

impl Session {
    fn new(stream: TcpStream, state: Arc<Mutex<State>>, secret: Option<String>) -> Self {
        let (greeted, authenticated) = (false, secret.is_none());
        Self {
            stream: BufReader::new(stream),
            state,
            secret,
            greeted,
            authenticated,
            envelope: Envelope::default(),
        }
    }

    async fn serve(mut self) -> std::io::Result<()> {
        self.say("220 testkit ESMTP").await?;
        while let Some(line) = self.line(COMMAND).await? {
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            if let Some(answer) = self.faulty(&verb) {
                self.say(answer).await?;
                continue;
            }
            match verb.as_str() {
                "DATA" => {
                    if !self.data(&line).await? {
                        return Ok(());
                    }
                }
                "QUIT" => return self.say("221 Bye").await,
                _ => {
                    let answer = self.answer(&verb, &line);
                    self.say(&answer).await?;
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, verb: &str, line: &str) -> String {
        match verb {
            "EHLO" => match line.get(5..).filter(|name| !name.is_empty() && !name.contains(' ')) {
                Some(_) => {
                    self.greeted = true;
                    let auth = if self.secret.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
                    format!("250-testkit\r\n{auth}250 SIZE 100000")
                }
                None => self.violation("501", "EHLO names its host"),
            },
            _ if !self.greeted => self.violation("503", "EHLO comes first"),
            "AUTH" => match &self.secret {
                Some(secret) if line == format!("AUTH PLAIN {secret}") => {
                    self.authenticated = true;
                    "235 Welcome".to_owned()
                }
                Some(_) => "535 User or password is wrong".to_owned(),
                None => self.violation("502", "AUTH was not offered"),
            },
            "MAIL" if !self.authenticated => "530 Authenticate first".to_owned(),
            "MAIL" => match address(line, "MAIL FROM:") {
                Some((from, "")) if self.envelope.from.is_none() => {
                    self.envelope.from = Some(from.to_owned());
                    "250 OK".to_owned()
                }
                Some((_, "")) => self.violation("503", "MAIL comes once"),
                _ => self.violation("555", "MAIL FROM:<address>, and no parameter that was not offered"),
            },
            "RCPT" => match address(line, "RCPT TO:") {
                Some((to, "")) if self.envelope.from.is_some() && self.envelope.to.is_none() => {
                    self.envelope.to = Some(to.to_owned());
                    "250 OK".to_owned()
                }
                _ => self.violation("503", "RCPT TO:<address> comes once, after MAIL"),
            },
            "RSET" => {
                self.envelope = Envelope::default();
                "250 OK".to_owned()
            }
            _ => self.violation("502", "there is no such command here"),
        }
    }

    /// Takes a mail; `false` when the connection is to end.
    async fn data(&mut self, line: &str) -> std::io::Result<bool> {
        let Envelope { from: Some(from), to: Some(to) } = std::mem::take(&mut self.envelope) else {
            let answer = self.violation("503", "DATA comes after RCPT");
            return self.say(&answer).await.map(|()| true);
        };
        if line != "DATA" {
            let answer = self.violation("501", "DATA has no argument");
            return self.say(&answer).await.map(|()| true);
        }
        self.say("354 Go on").await?;
        let mut lines = Vec::new();
        loop {
            let Some(line) = self.line(LINE).await? else { return Ok(false) };
            // RFC 5321, 4.5.2: a dot alone ends the mail, and a line of it that begins with one got another.
            match line.strip_prefix('.') {
                Some("") => break,
                Some(stuffed) if stuffed.starts_with('.') => lines.push(stuffed.to_owned()),
                Some(_) => {
                    self.violation("500", "a line begins with a dot that was not doubled");
                    return Ok(false);
                }
                None => lines.push(line),
            }
        }
        let answer = match read(from, to, &lines) {
            Ok(mail) => {
                let mut state = lock(&self.state);
                state.mails.push(mail);
                let gone = state.faults.iter().position(|fault| matches!(fault, Fault::GoneAfterData));
                if let Some(place) = gone {
                    state.faults.remove(place);
                    return Ok(false);
                }
                "250 Taken".to_owned()
            }
            Err(fault) => self.violation("554", &fault),
        };
        self.say(&answer).await.map(|()| true)
    }

    /// A line without its end; nothing when the client is gone.
    async fn line(&mut self, most: usize) -> std::io::Result<Option<String>> {
        let mut bytes = Vec::new();
        self.stream.read_until(b'\n', &mut bytes).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        lock(&self.state).heard.push_str(&text);
        match text.strip_suffix("\r\n") {
            Some(line) if !line.contains('\r') && bytes.len() <= most && bytes.is_ascii() => {
                Ok(Some(line.to_owned()))
            }
            // A line that breaks the rules is not read on from.
            _ => {
                self.violation("500", "a line is long, not ASCII, or does not end with CR LF");
                Ok(None)
            }
        }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
    }

    fn faulty(&self, verb: &str) -> Option<&'static str> {
        let mut state = lock(&self.state);
        let place =
            state.faults.iter().position(|fault| matches!(fault, Fault::Answer(to, _) if *to == verb))?;
        match state.faults.remove(place) {
            Fault::Answer(_, answer) => Some(answer),
            Fault::GoneAfterData => None,
        }
    }

    fn violation(&self, code: &str, rule: &str) -> String {
        lock(&self.state).violations.push(rule.to_owned());
        format!("{code} {rule}")
    }
}

/// The address in `MAIL FROM:<address>`, and what follows it.
fn address<'a>(line: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    let rest = line.strip_prefix(start)?.strip_prefix('<')?;
    let (address, parameters) = rest.split_once('>')?;
    let (local, domain) = address.rsplit_once('@')?;
    let fits = !local.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace);
    fits.then_some((address, parameters))
}

fn read(from: String, to: String, lines: &[String]) -> Result<Received, String> {
    let end = lines.iter().position(String::is_empty).ok_or("no empty line after the headers")?;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in &lines[..end] {
        match (line.strip_prefix([' ', '\t']), headers.last_mut()) {
            (Some(more), Some((_, value))) => *value = format!("{value} {}", more.trim_start()),
            (Some(_), None) => return Err("the first header is folded".to_owned()),
            (None, _) => {
                let (name, value) = line.split_once(':').ok_or("a header without a colon")?;
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
    }
    for name in HEADERS {
        let count = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
        if count != 1 {
            return Err(format!("{count} headers {name}"));
        }
    }
    let plain = |(name, value): &(String, String)| {
        !name.eq_ignore_ascii_case("Content-Transfer-Encoding") || value == "7bit"
    };
    if !headers.iter().all(plain) {
        return Err("the text is encoded".to_owned());
    }
    let text = lines[end + 1..].iter().fold(String::new(), |text, line| text + line + "\n");
    Ok(Received { from, to, headers, text })
}
