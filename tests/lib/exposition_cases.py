#!/usr/bin/python3
"""exposition_cases.py - does exposition.py see what is wrong, and only that?

Good pages must also please python3-prometheus-client, where they are in a
format that it knows.
"""
import sys

from exposition import Page, Wrong, canonical, monotonic

HEAD = '# HELP a \n# TYPE a {}\n'
HISTOGRAM = (HEAD.format('histogram') + 'a_bucket{le="0.1"} 1\n'
             'a_bucket{le="1.0"} 3\na_bucket{le="+Inf"} 4\na_sum 3\na_count 4\n')
SUMMARY = (HEAD.format('summary') + 'a{quantile="0.5"} 1\na{quantile="0.99"} '
           'NaN\na_sum 2\na_count 3\n')
GAUGE = HEAD.format('gauge') + 'a 1\n'
COUNTER = HEAD.format('counter') + 'a_total{x="\\n\\\\\\" é"} 1.5\n'
TEXT_COUNTER = COUNTER.replace(' a ', ' a_total ')
EXEMPLAR = HISTOGRAM.replace(
    '"1.0"} 3', '"1.0"} 3 # {span_id="00ab"} 0.5 1700000000.25')
BELOW = (HEAD.format('histogram') + 'a_bucket{le="-1.0"} 1\n'
         'a_bucket{le="+Inf"} 1\n')
UNIT = '# HELP a_bytes b\n# TYPE a_bytes gauge\n# UNIT a_bytes bytes\na_bytes 1\n'

GOOD = {
    'text': ['', GAUGE, TEXT_COUNTER, HISTOGRAM, SUMMARY,
             HEAD.format('gauge'), GAUGE.replace('1', '-Inf'),
             HEAD.format('gauge') + 'a{x="1"} 1\na{x="2"} 1e+21\n',
             GAUGE + HISTOGRAM.replace('a', 'b')
             .replace('bucket', 'bucket')],
    'open': ['', GAUGE, COUNTER, HISTOGRAM, SUMMARY, EXEMPLAR, BELOW, UNIT,
             HEAD.format('gauge'),
             '# HELP a x\n# TYPE a info\na_info{b="c"} 1\n'],
}
GOOD['text'][-1] = GAUGE + HISTOGRAM.replace('a_', 'b_').replace(' a ', ' b ')

BAD = {
    'text': [
        (GAUGE[:-1], 'newline'), (GAUGE + '\n', 'empty line'),
        (GAUGE + '# EOF\n', 'no HELP'), ('a 1\n', 'no TYPE'),
        ('# HELP a \na 1\n', 'no TYPE'), ('# TYPE a gauge\na 1\n', 'no HELP'),
        (GAUGE.replace('gauge', 'info'), 'type'),
        (COUNTER, 'without _total'), (UNIT, 'UNIT'), (EXEMPLAR, 'exemplar'),
        (GAUGE.replace('\n', '\r\n'), 'carriage'),
        (GAUGE.encode().replace(b'a 1', b'a{x="\xff"} 1'), 'utf-8'),
    ],
    'open': [
        (TEXT_COUNTER, ''),
        (HEAD.format('counter') + 'a 1\n', 'counter has no'),
        (COUNTER.replace('1.5', '-1'), 'negative'),
        (COUNTER.replace('1.5', 'NaN'), 'negative'),
        (UNIT.replace('UNIT a_bytes bytes', 'UNIT a_bytes seconds'), 'not in'),
        (EXEMPLAR.replace('0.5 17', '2 17'), 'above'),
        (EXEMPLAR.replace('0.5 17', '0.05 17'), 'below'),
        (EXEMPLAR.replace('00ab', 'x' * 122), 'too long'),
        (EXEMPLAR.replace('1700000000.25', 'now'), 'time'),
        (GAUGE[:-1] + ' # {b="c"} 1\n', 'exemplar'),
        (BELOW + 'a_sum -1\na_count 1\n', '_sum'),
        ('# HELP a x\n# TYPE a info\na_info{b="c"} 2\n', 'info'),
    ],
}
BOTH = [
    (GAUGE + 'a 1\n', 'twice'), (GAUGE + 'a 2\n', 'twice'),
    (HEAD.format('gauge') + 'a{x="1",y="2"} 1\na{y="2",x="1"} 1\n', 'twice'),
    (GAUGE.replace('a 1', 'a{x="1",x="2"} 1'), 'twice'),
    (GAUGE.replace('a 1', 'a{} 1'), 'empty'),
    (GAUGE.replace('a 1', 'a{x="1",} 1'), 'comma'),
    (GAUGE.replace('a 1', 'a{x-y="1"} 1'), 'no label'),
    (GAUGE.replace('a 1', 'a{__x="1"} 1'), 'reserved'),
    (GAUGE.replace('a 1', 'a{x="a"b"} 1'), ''),
    (GAUGE.replace('a 1', 'a{x="\\t"} 1'), 'no label'),
    (GAUGE.replace('a 1', 'a  1'), 'one blank'),
    (GAUGE.replace('a 1', 'a 1 1700000000'), 'one blank'),
    (GAUGE.replace('a 1', 'a 1,5'), 'no number'),
    (GAUGE.replace('a 1', 'a inf'), 'no number'),
    (GAUGE.replace('a 1', 'b 1'), 'not of family'),
    (GAUGE.replace('HELP a ', 'HELP a \\t'), 'escape'),
    (GAUGE + SUMMARY.replace(' a ', ' b ').replace('\na', '\nb') + GAUGE,
     'again'),
    (GAUGE + HEAD.format('gauge').replace('# HELP a ', '# HELP a x'), 'behind'),
    (HISTOGRAM.replace('"1.0"} 3', '"1.0"} 0'), 'cumulative'),
    (HISTOGRAM.replace('a_bucket{le="+Inf"} 4\n', ''), '+Inf'),
    (HISTOGRAM.replace('a_count 4', 'a_count 5'), 'not +Inf'),
    (HISTOGRAM.replace('a_sum 3\n', ''), '_sum'),
    (HISTOGRAM.replace('a_count 4\n', ''), '_count'),
    (HISTOGRAM.replace('"1.0"', '"1"'), 'le 1'),
    (HISTOGRAM.replace('"0.1"', '"0.10"'), 'le 0.10'),
    (HISTOGRAM.replace('"1.0"', '"1000000.0"'), 'le 1000000.0'),
    (HISTOGRAM.replace('"1.0"', '"0.01"'), 'rise'),
    (HISTOGRAM.replace('"1.0"} 3', '"1.0"} 2.5'), 'integer'),
    (SUMMARY.replace('0.99', '1.1'), 'quantile'),
    (SUMMARY.replace('0.99', '0.990'), 'canonical'),
    (SUMMARY.replace('a_count 3\n', ''), '_count'),
    (HISTOGRAM + '# HELP a_count \n# TYPE a_count gauge\na_count 1\n', 'share'),
    (HISTOGRAM + '# HELP a_sum \n# TYPE a_sum gauge\n', 'share'),
]
CANONICAL = {
    '0.0': 0, '1.0': 1, '0.005': 0.005, '1e+06': 1e6, '100000.0': 1e5,
    '1.048576e+06': 2.0**20, '1e-05': 1e-5, '0.0001': 1e-4, '-2.5': -2.5,
    '123456.0': 123456, '0.1': 0.1, '0.30000000000000004': 0.1 + 0.2,
    '+Inf': float('inf'),
}
failures = []


def page(kind, text):
    data = text if isinstance(text, bytes) else text.encode()
    return Page(data + (b'# EOF\n' if kind == 'open' else b''),
                kind == 'open')


def refuses(kind, text, why):
    try:
        page(kind, text)
    except (Wrong, UnicodeDecodeError) as error:
        if why not in str(error):
            failures.append(f'{kind}: for another reason: {error}: {text!r}')
    else:
        failures.append(f'{kind}: accepted ({why}): {text!r}')


def accepts(kind, text):
    try:
        page(kind, text)
        if kind == 'open':
            from prometheus_client.openmetrics import parser
        else:
            from prometheus_client import parser
        end = '# EOF\n' if kind == 'open' else ''
        list(parser.text_string_to_metric_families(text + end))
    except (Wrong, ValueError) as error:
        failures.append(f'{kind}: refused: {error}: {text!r}')


def falls(before, after, why):
    try:
        monotonic(page('open', before), page('open', after))
    except Wrong as error:
        if why not in str(error):
            failures.append(f'falls: {error}')
    else:
        if why:
            failures.append(f'did not see: {why}')


for kind in GOOD:
    for text in GOOD[kind]:
        accepts(kind, text)
    for text, why in BAD[kind] + BOTH:
        refuses(kind, text, why)
try:
    Page(GAUGE.encode(), True)
    failures.append('no EOF is missed')
except Wrong:
    pass
falls(COUNTER, COUNTER, '')
falls(COUNTER, COUNTER.replace('1.5', '1.4'), 'fell')
falls(COUNTER, GAUGE, 'gone')
falls(HISTOGRAM, HISTOGRAM.replace('} 3', '} 2'), 'fell')
falls(GAUGE, GAUGE.replace('a 1', 'a 0'), '')
for text, value in CANONICAL.items():
    if canonical(value) != text:
        failures.append(f'canonical({value}) is {canonical(value)}')
if failures:
    sys.exit('\n'.join(failures))
