#!/usr/bin/python3
"""exposition.py - is a page for Prometheus right?

    exposition.py text|open PAGE [LATER_PAGE]

Stricter than the judges that exist: promtool lets duplicate series and buckets
that are not cumulative pass, the parser of python3-prometheus-client any text
in `le`.  With a later page of the same server: no counter falls, and no series
of one goes away.
"""
import math
import re
import sys

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r'[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)$|NaN$')
SUFFIXES = {
    'counter': ('_total',),
    'gauge': ('',),
    'info': ('_info',),
    'summary': ('', '_sum', '_count'),
    'histogram': ('_bucket', '_sum', '_count'),
}
RESERVED = {
    'counter': ('', '_total', '_created'),
    'gauge': ('',),
    'info': ('', '_info'),
    'summary': ('', '_sum', '_count', '_created'),
    'histogram': ('', '_bucket', '_sum', '_count', '_created'),
}


class Wrong(Exception):
    pass


def need(truth, why):
    if not truth:
        raise Wrong(why)


def number(text):
    need(NUMBER.match(text), f'no number: {text!r}')
    return float(text)


def canonical(value):
    """As Go prints the shortest, with a point or an exponent."""
    if math.isinf(value):
        return '+Inf' if value > 0 else '-Inf'
    digits, exponent = f'{abs(value):.17e}'.split('e')
    for precision in range(17):
        digits, exponent = f'{abs(value):.{precision}e}'.split('e')
        if float(f'{digits}e{exponent}') == abs(value):
            break
    exponent = int(exponent)
    digits = digits.replace('.', '').rstrip('0') or '0'
    sign = '-' if math.copysign(1, value) < 0 else ''
    if value == 0:
        return sign + '0.0'
    if exponent < -4 or exponent >= 6:
        point = '.' if len(digits) > 1 else ''
        return f'{sign}{digits[0]}{point}{digits[1:]}e{exponent:+03d}'
    if exponent < 0:
        return sign + '0.' + '0' * (-exponent - 1) + digits
    digits = digits.ljust(exponent + 1, '0')
    return sign + digits[:exponent + 1] + '.' + (digits[exponent + 1:] or '0')


def labels(text):
    """{a="b",c="d"} in front of something: the pairs, and the rest."""
    pairs, at = [], 1
    while text[at:at + 1] != '}':
        match = LABEL.match(text, at)
        need(match, f'no label at {text[at:at + 20]!r}')
        need(not match[1].startswith('__'), f'label {match[1]} is reserved')
        need(match[1] not in dict(pairs), f'label {match[1]} twice')
        pairs.append((match[1], match[2]))
        at = match.end()
        if text[at:at + 1] == ',':
            at += 1
            need(text[at:at + 1] != '}', 'a comma before }')
        else:
            need(text[at:at + 1] == '}', 'no comma or }')
    need(pairs, 'empty braces')
    return tuple(pairs), text[at + 1:]


class Family:
    def __init__(self, name):
        self.name = name
        self.help = self.type = self.unit = None
        self.series = {}      # (suffix, labels) -> value
        self.groups = []      # of a histogram: [labels, [(le, value)], rest]


class Page:
    def __init__(self, data, openmetrics):
        self.open = openmetrics
        self.families = {}
        self.current = None
        text = data.decode('utf-8')
        need(text == '' or text.endswith('\n'), 'no newline at the end')
        need('\r\n' not in text, 'a carriage return')
        lines = text.split('\n')[:-1]
        if openmetrics:
            need(lines and lines[-1] == '# EOF', 'no # EOF')
            lines.pop()
        for at, line in enumerate(lines, 1):
            try:
                self.line(line)
            except (Wrong, ValueError) as error:
                raise Wrong(f'line {at}: {error}: {line}') from None
        self.finish()
        self.clashes()

    def line(self, line):
        need(line, 'an empty line')
        if line.startswith('#'):
            self.meta(line)
        else:
            self.sample(line)

    # ---- metadata

    def meta(self, line):
        match = re.match(rf'# (HELP|TYPE|UNIT) ({NAME})( (.*))?$', line)
        need(match and match[3] is not None, 'no HELP, TYPE or UNIT')
        what, name, value = match[1].lower(), match[2], match[4]
        if not self.current or self.current.name != name:
            self.finish()
            need(name not in self.families, f'family {name} comes again')
            self.current = self.families[name] = Family(name)
        family = self.current
        need(not family.series, f'{what} behind samples')
        need(getattr(family, what) is None, f'{what} twice')
        setattr(family, what, value)
        if what == 'help':
            allowed = r'\\[\\n"]' if self.open else r'\\[\\n]'
            need(not re.sub(allowed, '', value).count('\\'), 'bad escape')
        elif what == 'type':
            known = SUFFIXES.keys() - (set() if self.open else {'info'})
            need(value in known, f'type {value}')
        else:
            need(self.open, 'UNIT in the text format')
            need(name.endswith('_' + value), f'{name} is not in {value}')

    # ---- samples

    def base(self, family):
        """Without what the text format has at the end of a family's name."""
        if self.open or family.type != 'counter':
            return family.name
        need(family.name.endswith('_total'), 'a counter without _total')
        return family.name[:-len('_total')]

    def sample(self, line):
        match = re.match(NAME, line)
        need(match, 'no name')
        family, rest = self.current, line[match.end():]
        need(family and family.type, 'no TYPE before it')
        base = self.base(family)
        need(match[0].startswith(base), f'not of family {family.name}')
        suffix = match[0][len(base):]
        need(suffix in SUFFIXES[family.type],
             f'a {family.type} has no {match[0]}')
        pairs = ()
        if rest.startswith('{'):
            pairs, rest = labels(rest)
        exemplar = None
        if ' # ' in rest:
            rest, exemplar = rest.split(' # ', 1)
        fields = rest.split(' ')
        need(len(fields) == 2 and fields[0] == '', 'one blank and a value')
        value = number(fields[1])
        key = (suffix, tuple(sorted(pairs)))
        need(key not in family.series, 'the series twice')
        family.series[key] = value
        self.judge(family, suffix, pairs, value)
        if exemplar is not None:
            self.exemplar(family, suffix, dict(pairs), exemplar)

    def judge(self, family, suffix, pairs, value):
        if family.type in ('counter', 'histogram', 'summary') and \
                suffix in ('_total', '_bucket', '_count'):
            need(value >= 0, 'a count that is negative or NaN')
        if suffix in ('_bucket', '_count'):
            need(value == int(value), 'a count that is no integer')
        if family.type == 'info':
            need(value == 1, 'info is 1')
        names = dict(pairs)
        if family.type == 'summary' and not suffix:
            at = number(names.get('quantile', ''))
            need(0 <= at <= 1, 'quantile')
            need(canonical(at) == names['quantile'], 'not canonical')
        elif family.type == 'histogram':
            self.bucket(family, suffix, pairs, value)

    def bucket(self, family, suffix, pairs, value):
        rest = tuple(p for p in pairs if p[0] != 'le')
        need(('le' in dict(pairs)) == (suffix == '_bucket'), 'le')
        if not family.groups or family.groups[-1][0] != rest:
            need(rest not in [g[0] for g in family.groups],
                 'buckets of a series apart')
            family.groups.append([rest, [], {}])
        _, buckets, others = family.groups[-1]
        if suffix != '_bucket':
            others[suffix] = value
            return
        need(not others, 'a bucket behind _sum')
        text = dict(pairs)['le']
        bound = number(text)
        need(canonical(bound) == text, f'le {text}, not {canonical(bound)}')
        if buckets:
            need(bound > buckets[-1][0], 'le does not rise')
            need(value >= buckets[-1][1], 'buckets are not cumulative')
        buckets.append((bound, value))

    def exemplar(self, family, suffix, names, text):
        need(self.open, 'an exemplar in the text format')
        need(suffix in ('_bucket', '_total'), 'an exemplar there')
        need(text.startswith('{'), 'no labels of the exemplar')
        pairs, rest = labels(text)
        need(sum(len(k) + len(v) for k, v in pairs) <= 128, 'too long')
        fields = rest.split(' ')
        need(len(fields) in (2, 3) and fields[0] == '', 'exemplar')
        value = number(fields[1])
        if len(fields) == 3:
            need(re.match(r'\d+\.\d+$', fields[2]), 'time of the exemplar')
        if suffix != '_bucket':
            return
        buckets = family.groups[-1][1]
        need(value <= number(names['le']), 'above its bucket')
        need(len(buckets) < 2 or value > buckets[-2][0], 'below its bucket')

    # ---- families

    def finish(self):
        family = self.current
        if not family:
            return
        need(family.type, f'{family.name} has no TYPE')
        need(family.help is not None, f'{family.name} has no HELP')
        for rest, buckets, others in family.groups:
            where = f'{family.name}{dict(rest)}'
            need(buckets and buckets[-1][0] == math.inf, f'{where}: no +Inf')
            below = self.open and buckets[0][0] < 0
            need(('_sum' in others) == ('_count' in others) == (not below),
                 f'{where}: _sum and _count')
            need(below or others['_count'] == buckets[-1][1],
                 f'{where}: _count is not +Inf')
        if family.type == 'summary':
            for suffix, pairs in family.series:
                rest = tuple(p for p in pairs if p[0] != 'quantile')
                for other in ('_sum', '_count'):
                    need((other, rest) in family.series,
                         f'{family.name}: no {other}')

    def clashes(self):
        owners = {}
        for family in self.families.values():
            base = self.base(family)
            for suffix in RESERVED[family.type]:
                owner = owners.setdefault(base + suffix, family.name)
                need(owner == family.name,
                     f'{owner} and {family.name} share {base + suffix}')

    def counts(self):
        """What may not fall."""
        for family in self.families.values():
            base = self.base(family)
            for (suffix, pairs), value in family.series.items():
                if suffix in ('_total', '_bucket', '_count'):
                    yield (base + suffix, pairs), value


def monotonic(before, after):
    later = dict(after.counts())
    for series, value in before.counts():
        need(series in later, f'{series} is gone')
        need(later[series] >= value, f'{series} fell')


def read(kind, path):
    with open(path, 'rb') as file:
        return Page(file.read(), kind == 'open')


def main(kind, *paths):
    pages = []
    for path in paths:
        try:
            pages.append(read(kind, path))
        except (Wrong, UnicodeDecodeError) as error:
            sys.exit(f'{path}: {error}')
    for before, after in zip(pages, pages[1:]):
        try:
            monotonic(before, after)
        except Wrong as error:
            sys.exit(f'{paths[0]}, {paths[1]}: {error}')


if __name__ == '__main__':
    if len(sys.argv) < 3 or sys.argv[1] not in ('text', 'open'):
        sys.exit(__doc__)
    main(*sys.argv[1:])
