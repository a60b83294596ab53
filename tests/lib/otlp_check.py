#!/usr/bin/env python3
"""otlp_check.py FILE... - is each line a TracesData, MetricsData or LogsData in
the JSON encoding of OTLP?  Stricter than a receiver: no unknown fields, no
other spelling of a number, and what the data model says beyond the types.
Prints "traces N", "metrics N", "logs N" (items) for each kind that there was.
"""
import json
import math
import re
import sys

counts = {}
series = set()


class Bad(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def no_twins(pairs):
    need(len({k for k, _ in pairs}) == len(pairs), "a key twice")
    return dict(pairs)


def text(value):
    need(isinstance(value, str), f"no string: {value!r}")
    value.encode("utf-8")  # no lone surrogates
    return value


def flag(value):
    need(isinstance(value, bool), f"no bool: {value!r}")
    return value


def u32(value):
    need(type(value) is int and 0 <= value < 2**32, f"no uint32: {value!r}")
    return value


def u64(value):
    need(isinstance(value, str) and re.fullmatch(r"0|[1-9][0-9]*", value)
         and int(value) < 2**64, f"no uint64 in a string: {value!r}")
    return int(value)


def i64(value):
    need(isinstance(value, str) and re.fullmatch(r"0|-?[1-9][0-9]*", value)
         and -2**63 <= int(value) < 2**63, f"no int64 in a string: {value!r}")
    return int(value)


def double(value):
    if isinstance(value, str):
        need(value in ("NaN", "Infinity", "-Infinity"), f"no double: {value!r}")
        return float(value.replace("Infinity", "inf"))
    need(type(value) in (int, float), f"no double: {value!r}")
    return float(value)


def hexid(size):
    def check(value):
        need(isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{size}}}", value),
             f"no id of {size} digits: {value!r}")
        need(value.strip("0"), "an id of zeros")
        return value
    return check


def enum(most):
    def check(value):
        need(type(value) is int and 1 <= value <= most, f"no enum: {value!r}")
        return value
    return check


def list_of(fn):
    def check(value):
        need(isinstance(value, list), f"no array: {value!r}")
        return [fn(item) for item in value]
    return check


def message(must, may, also=None):
    def check(value):
        need(isinstance(value, dict), f"no object: {value!r}")
        unknown = set(value) - set(must) - set(may)
        need(not unknown, f"unknown: {unknown}")
        need(set(must) <= set(value), f"missing: {set(must) - set(value)}")
        out = {k: {**must, **may}[k](v) for k, v in value.items()}
        if also:
            also(out)
        return out
    return check


def one(value):
    need(len(value) == 1, f"not exactly one value: {value}")


def is_array(value):
    return value


any_value = message({}, {"stringValue": text, "boolValue": flag, "intValue": i64,
                         "doubleValue": double, "arrayValue": is_array}, one)
key_value = message({"key": text, "value": any_value}, {})


def attributes(value):
    out = list_of(key_value)(value)
    keys = [a["key"] for a in out]
    need(len(set(keys)) == len(keys), f"an attribute twice: {keys}")
    need(all(keys), "an attribute without a name")
    return out


def resource_has_service(value):
    need("service.name" in [a["key"] for a in value["attributes"]],
         "no service.name")


resource = message({"attributes": attributes}, {"droppedAttributesCount": u32},
                   resource_has_service)
scope = message({"name": text}, {"version": text})


def schema(value):
    need(re.fullmatch(r"https://opentelemetry.io/schemas/1\.\d+\.\d+", value),
         f"schemaUrl {value}")
    return value


def filled(fn):
    def check(value):
        need(value, "an empty envelope")
        return list_of(fn)(value)
    return check


def counted(kind):
    def check(value):
        counts[kind] = counts.get(kind, 0) + 1
    return check


# ---- traces

def span_rules(s):
    need(s["startTimeUnixNano"] > 0, "no start")
    need(s["endTimeUnixNano"] >= s["startTimeUnixNano"], "ends before it starts")
    need(s["name"], "no name")
    need(s.get("parentSpanId") != s["spanId"], "its own parent")
    counted("traces")(s)


status = message({}, {"code": enum(2), "message": text})
span = message({"traceId": hexid(32), "spanId": hexid(16), "name": text,
                "kind": enum(5), "startTimeUnixNano": u64, "endTimeUnixNano": u64},
               {"parentSpanId": hexid(16), "attributes": attributes,
                "droppedAttributesCount": u32, "status": status, "flags": u32},
               span_rules)

# ---- logs


def log_rules(r):
    need(r["observedTimeUnixNano"] > 0, "never observed")
    need(("traceId" in r) == ("spanId" in r), "one id without the other")
    counted("logs")(r)


log_record = message({"observedTimeUnixNano": u64, "severityNumber": enum(24),
                      "body": any_value},
                     {"timeUnixNano": u64, "severityText": text, "eventName": text,
                      "attributes": attributes, "droppedAttributesCount": u32,
                      "traceId": hexid(32), "spanId": hexid(16)}, log_rules)

# ---- metrics


def times(p):
    need(p["timeUnixNano"] > 0, "no time")
    need(0 < p.get("startTimeUnixNano", 1) <= p["timeUnixNano"],
         "starts after its time")


def number_rules(p):
    need(("asInt" in p) != ("asDouble" in p), "not exactly one number")
    times(p)


point = {"timeUnixNano": u64, "attributes": attributes}
exemplar = message({"timeUnixNano": u64, "asDouble": double},
                   {"spanId": hexid(16), "traceId": hexid(32),
                    "filteredAttributes": attributes})
number_point = message(point, {"startTimeUnixNano": u64, "asInt": i64,
                               "asDouble": double}, number_rules)


def histogram_rules(p):
    bounds, buckets = p["explicitBounds"], p["bucketCounts"]
    need(len(buckets) == len(bounds) + 1, "not one bucket more than bounds")
    need(all(a < b for a, b in zip(bounds, bounds[1:])), "bounds do not rise")
    need(not any(math.isnan(b) for b in bounds), "a bound is no number")
    need(sum(buckets) == p["count"], f"{sum(buckets)} in buckets, {p['count']} in all")
    if p["count"]:
        need(p["min"] <= p["max"], "min above max")
        if "sum" in p:
            slack = 1e-6 * abs(p["sum"]) + 1e-12
            need(p["min"] * p["count"] <= p["sum"] + slack
                 and p["sum"] <= p["max"] * p["count"] + slack, "an impossible sum")
    times(p)


histogram_point = message({**point, "startTimeUnixNano": u64, "count": u64,
                           "bucketCounts": list_of(u64),
                           "explicitBounds": list_of(double)},
                          {"sum": double, "min": double, "max": double,
                           "exemplars": list_of(exemplar)}, histogram_rules)


def summary_rules(p):
    q = [v["quantile"] for v in p["quantileValues"]]
    v = [v["value"] for v in p["quantileValues"]]
    need(q == sorted(set(q)) and all(0 <= x <= 1 for x in q), f"quantiles {q}")
    need(v == sorted(v), f"quantiles fall: {v}")
    times(p)


quantile = message({"quantile": double, "value": double}, {})
summary_point = message({**point, "startTimeUnixNano": u64, "count": u64,
                         "sum": double, "quantileValues": list_of(quantile)}, {},
                        summary_rules)


def sum_rules(s):
    for p in s["dataPoints"]:
        need("startTimeUnixNano" in p, "a sum without a start")
        if s["isMonotonic"]:
            need(p.get("asInt", p.get("asDouble")) >= 0, "a negative total")


kinds = {
    "gauge": message({"dataPoints": filled(number_point)}, {}),
    "sum": message({"dataPoints": filled(number_point),
                    "aggregationTemporality": enum(2), "isMonotonic": flag}, {},
                   sum_rules),
    "histogram": message({"dataPoints": filled(histogram_point),
                          "aggregationTemporality": enum(2)}, {}),
    "summary": message({"dataPoints": filled(summary_point)}, {}),
}


def metric_rules(m):
    need(m["name"], "no name")
    need(len(set(m) & set(kinds)) == 1, "not exactly one kind of data")
    counted("metrics")(m)


metric = message({"name": text}, {"description": text, "unit": text, **kinds},
                 metric_rules)


def unique_series(data):
    """A stream of a resource has one point at a time."""
    for r in data["resourceMetrics"]:
        who = json.dumps(r["resource"], sort_keys=True)
        for s in r["scopeMetrics"]:
            for m in s["metrics"]:
                for kind in kinds:
                    for p in m.get(kind, {}).get("dataPoints", []):
                        key = (who, m["name"], json.dumps(sorted(
                            p["attributes"], key=lambda a: a["key"])),
                            p["timeUnixNano"])
                        need(key not in series, f"a point twice: {key}")
                        series.add(key)


def data(top, scopes, items, item, also=None):
    inner = message({"scope": scope, items: filled(item)}, {"schemaUrl": schema})
    outer = message({"resource": resource, scopes: filled(inner)},
                    {"schemaUrl": schema})
    return message({top: filled(outer)}, {}, also)


tops = {
    "resourceSpans": data("resourceSpans", "scopeSpans", "spans", span),
    "resourceLogs": data("resourceLogs", "scopeLogs", "logRecords", log_record),
    "resourceMetrics": data("resourceMetrics", "scopeMetrics", "metrics", metric,
                            unique_series),
}


def check_file(name):
    with open(name, "rb") as f:
        raw = f.read()
    need(raw.endswith(b"\n"), "the last line does not end")
    found = set()
    for line in raw[:-1].split(b"\n"):
        value = json.loads(line.decode("utf-8"), object_pairs_hook=no_twins)
        need(len(value) == 1 and set(value) <= set(tops), f"no data: {list(value)}")
        found |= set(value)
        tops[list(value)[0]](value)
    need(len(found) == 1, f"more than one kind of data: {found}")


def main():
    for name in sys.argv[1:]:
        try:
            check_file(name)
        except (Bad, ValueError) as e:
            sys.exit(f"{name}: {e}")
    for kind, count in sorted(counts.items()):
        print(kind, count)


main()
