#!/usr/bin/env python3
"""Markdown tables from the JSON lines of compare.sh: medians and spread over the rounds, and ratios within each round."""
import json
import statistics
import sys

PEERS = {"ours-memory": "ganesha-mem", "ours-leveldb": "ganesha-vfs", "external": "ganesha-vfs"}


def cpu_us(line, unit):
    total_us = line["server_cpu_ns"] / 1000
    if unit == "MiB":
        count = line["operations"] * line["size_bytes"] / 2**20
    elif unit == "entry":
        # The echo knows nothing of entries: its figure stays per message.
        count = line["entries"] or line["operations"]
    else:
        count = line["operations"]
    return total_us / max(count, 1)


def figure(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values):
    return f"{figure(statistics.median(values))} ({figure(min(values))}-{figure(max(values))})"


def ratio(ours, theirs):
    """Median of the ratios round by round."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if b > 0]
    return f"{statistics.median(a / b for a, b in pairs):.2f}" if pairs else ""


def main():
    rows = {}
    idle = []
    for text in open(sys.argv[1], encoding="utf-8"):
        line = json.loads(text)
        server, row, unit = line["label"].split("|")
        if "idle" in line:
            idle.append((server, line["idle"]))
            continue
        rows.setdefault((row, unit), {}).setdefault(server, []).append(line)
    if not rows and not idle:
        print("summarize.py: nothing was measured", file=sys.stderr)
        return 1
    if rows:
        print_rows(rows)
    if idle:
        print_idle(idle)
    return 0


def print_idle(lines):
    print("\n| server | idle connections | bytes of each | resident MiB before | open | under load | closed |")
    print("|---|---|---|---|---|---|---|")
    for server, memory in lines:
        mib = [figure(memory[when] / 2**20) for when in ("before_bytes", "open_bytes", "under_load_bytes", "closed_bytes")]
        print(f"| {server} | {memory['connections']} | {memory['bytes_per_connection']:.0f} | {' | '.join(mib)} |")


def print_rows(rows):
    print("| workload | server | server CPU, µs | ÷ echo | ÷ peer | operations/s | p50 µs | p99 µs | rounds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (row, unit), servers in rows.items():
        cpu = {server: [cpu_us(line, unit) for line in lines] for server, lines in servers.items()}
        for server, lines in servers.items():
            echo = ratio(cpu[server], cpu.get("echo", [])) if server != "echo" and unit != "entry" else ""
            peer = ratio(cpu[server], cpu.get(PEERS.get(server), []))
            shown_unit = "message" if unit == "entry" and server == "echo" else unit
            print(f"| {row} | {server} | {spread(cpu[server])} per {shown_unit} | {echo} | {peer} "
                  f"| {statistics.median(line['operations_per_s'] for line in lines):.0f} "
                  f"| {figure(statistics.median(line['latency']['p50_us'] for line in lines))} "
                  f"| {figure(statistics.median(line['latency']['p99_us'] for line in lines))} | {len(lines)} |")


if __name__ == "__main__":
    sys.exit(main())
