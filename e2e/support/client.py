"""Every tool of a bastion-mcp by the MCP client from PyPI: `client.py URL TOKEN`, or `client.py PROGRAM ARGUMENT…`.

Prints what it saw as one JSON object: the tools on offer, and of each that was called whether it answered well."""
import asyncio
import json
import sys

import mcp
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client


def target():
    first, *rest = sys.argv[1:]
    if first.startswith("http"):
        client = create_mcp_http_client(headers={"Authorization": f"Bearer {rest[0]}"})
        return streamable_http_client(first, http_client=client)
    return mcp.StdioServerParameters(command=first, args=rest)


async def main():
    async with mcp.Client(target()) as client:
        answers = {}

        async def call(tool, **arguments):
            result = await client.call_tool(tool, arguments)
            answers[tool] = not result.is_error
            return result.structured_content

        tools = [tool.name for tool in (await client.list_tools()).tools]
        source = (await call("source_info"))["sources"][0]["name"]
        scan = (await call("schema_scan_start", source=source))["job"]
        objects = (await call("schema_scan_get", job=scan, wait_ms=15000))["page"]
        tables = [each["path"] for each in objects if each["kind"] == "table"]
        profile = (await call("profile_start", source=source))["job"]
        page = await call("profile_get", job=profile, wait_ms=15000)
        backfill = (await call("backfill_start", source=source))["job"]
        await call("backfill_get", job=backfill, wait_ms=15000)
        await call("freshness", source=source, tables=tables[:1])
        await call("job_cancel", job=profile)
        # What is refused tells its code as well.
        refusals = {}
        for tool, arguments in {"schema_scan_get": {"job": "unknown"}, "schema_scan_start": {"source": "unknown"}}.items():
            result = await client.call_tool(tool, arguments)
            refusals[tool] = result.is_error and result.structured_content["code"]
        seen = {"tools": tools, "answers": answers, "refusals": refusals, "tables": len(tables)}
        print(json.dumps({**seen, "profiled": len(page["page"])}))


asyncio.run(main())
