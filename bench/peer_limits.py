"""What the comparison with other servers is held against, and the verdicts."""

from results import verdict_of

OURS = "millrace"
RATE = "operations_per_second"
CPU = "server_cpu_us_per_operation"
# The peer that also syncs every write before it answers.
DURABLE = "dynoxide-disk"
ONE_ITEM_WRITES = ("put", "conditional-put", "update-counter")
MANY_ITEM_WRITES = ("batch-write", "transact-write", "transact-write-2")
READS = ("get", "query10", "query100", "scan", "batch-get", "batch-get-100", "ycsb-c")
GROUPS = ("query10", "query100", "batch-get", "batch-get-100", *MANY_ITEM_WRITES)


def durable_limit(workload, connections):
    """How many times faster than the durable peer a workload has to be; None: not said."""
    if connections == 1:
        return 1
    if workload in ONE_ITEM_WRITES:
        return {64: 12, 16: 6}.get(connections)
    if connections != 64:
        return None
    return 5 if workload == "get" else 4 if workload in GROUPS else None


def any_limit(workload, connections):
    """How many times faster than the fastest peer of all."""
    if connections != 64:
        return None
    if workload in READS:
        return 2.5
    return 2 if workload in ONE_ITEM_WRITES + MANY_ITEM_WRITES else None


def best_of(servers, figure, choose):
    """(name, value) of the best of the others; None if nobody has the figure."""
    known = [(figures[figure], name) for name, figures in servers.items()
             if name != OURS and figures.get(figure)]
    return choose(known)[::-1] if known else None


def judge_row(row):
    """Yields the verdicts about one workload, item size and number of connections."""
    servers, workload, connections = row["servers"], row["workload"], row["connections"]
    ours = servers.get(OURS)
    if not ours or not ours.get(RATE):
        return
    place = f"{workload}, {row['item_bytes']} B, {connections} connections"

    def verdict(what, value, limit):
        return {"name": f"{place}: {what}", "unit": "ratio", "median": value, "limit": limit,
                "verdict": verdict_of(value, limit), "remark": ""}

    durable = servers.get(DURABLE, {})
    wanted = durable_limit(workload, connections)
    if wanted and durable.get(RATE):
        yield verdict(f"times as fast as {DURABLE}", ours[RATE] / durable[RATE],
                      {"at_least": wanted})
    if connections == 64 and ours.get("latency_us_p99") and durable.get("latency_us_p50"):
        yield verdict(f"p99 / p50 of {DURABLE}",
                      ours["latency_us_p99"] / durable["latency_us_p50"], {"at_most": 1})
    fastest = best_of(servers, RATE, max)
    wanted = any_limit(workload, connections)
    if wanted and fastest:
        yield verdict(f"times as fast as the fastest peer, {fastest[0]}",
                      ours[RATE] / fastest[1], {"at_least": wanted})
    thriftiest = best_of(servers, CPU, min)
    if connections == 64 and thriftiest and ours.get(CPU):
        yield verdict(f"CPU / that of the thriftiest peer, {thriftiest[0]}",
                      ours[CPU] / thriftiest[1], {"at_most": 0.4})


def judge(rows):
    """The verdicts about all rows of measurements."""
    return [verdict for row in rows for verdict in judge_row(row)]
