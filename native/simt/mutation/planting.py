"""How a bug stands in a source without a build of its own: beside the code that it replaces, asleep until the program is told its number (LGV_PLANTED).

    __syncthreads();              ->  if (!lgv_planted(17)) __syncthreads();
    for (int k = 0; k < n; ++k)   ->  for (int k = 0; lgv_planted(18) ? (k <= n) : (k < n); ++k)

What cannot be told at run time (constants, arguments of templates, half expressions) is None here, or does not compile: such a mutant is built alone."""
import re

DECLARATION = re.compile(r"^(?!return\b|else\b|delete\b|throw\b|goto\b|co_)(?:(?:const|static|constexpr|volatile)\s+)*[A-Za-z_][\w:]*(?:<[^;()]*>)?[\s&*]+\w+(?:\[[^\]]*\])*\s*[=;,{(]")
OPENERS, CLOSERS = "([{", ")]}"


def balanced(text):
    depth = 0
    for c in text:
        depth += (c in OPENERS) - (c in CLOSERS)
        if depth < 0:
            return False
    return depth == 0


def is_statement(before, line):
    """Whether the line is a whole statement that may stand behind an `if`. `before`: the line of code before it."""
    code = line.strip()
    if not code.endswith(";") or not balanced(code) or DECLARATION.match(code) or re.match(r"(const|constexpr|static|using|typedef|LGV_|case|default|else|template|#|\})", code):
        return False
    # A line that goes on with what the line before began is a part of a statement; so are several statements that a declaration may be one of.
    return re.search(r"(;|\{|\}|\)|else|:)$", re.sub(r"\s*//.*", "", before).strip()) is not None and code.count(";") == (3 if code.startswith("for") else 1)


def is_boundary(text, at, ternary):
    c = text[at]
    if c in ",;":
        return True
    if c == "=":
        return text[at - 1:at] not in list("=!<>") and text[at + 1:at + 2] != "="
    if c == "?":
        return ternary
    return c == ":" and ternary and ":" not in (text[at - 1:at], text[at + 1:at + 2])


def changed_expression(line, instead):
    """(begin, end of the whole expression around the difference, what stands there instead), or None."""
    begin = next((i for i, (a, b) in enumerate(zip(line, instead)) if a != b), min(len(line), len(instead)))
    tail = next((i for i, (a, b) in enumerate(zip(reversed(line), reversed(instead))) if a != b), min(len(line), len(instead)))
    tail = min(tail, len(line) - begin, len(instead) - begin)
    end = len(line) - tail
    ternary = not set("?:") & set(line[begin:end])
    depth = 0
    while begin > 0:
        c = line[begin - 1]
        if depth == 0 and (c in OPENERS or is_boundary(line, begin - 1, ternary) or re.search(r"\breturn\s$", line[:begin])):
            break
        depth += (c in CLOSERS) - (c in OPENERS)
        begin -= 1
    depth = 0
    while end < len(line):
        c = line[end]
        if depth == 0 and (c in CLOSERS or is_boundary(line, end, ternary)):
            break
        depth += (c in OPENERS) - (c in CLOSERS)
        end += 1
    was, now = line[begin:end], instead[begin:len(instead) - (len(line) - end)]
    inside = lambda t: any(is_boundary(t, i, False) for i in range(len(t)) if balanced(t[:i]))
    if end == len(line) or not was.strip() or not now.strip() or not balanced(was) or not balanced(now) or inside(was) or inside(now):
        return None
    return begin, end, now


def beside(before, line, instead, number):
    """The line with its mutant asleep in it, or None."""
    code, indent = line.strip(), line[:len(line) - len(line.lstrip())]
    comment = re.search(r"\s+//.*$", line)
    if comment:
        line, instead = line[:comment.start()], re.sub(r"\s+//.*$", "", instead)
        code = line.strip()
    if re.search(r"\bconstexpr\b|\bstatic_assert\b", code):
        return None
    if is_statement(before, line):
        other = instead.strip()
        return f"{indent}if (lgv_planted({number})) {{ {other} }} else {{ {code} }}"
    found = changed_expression(line, instead)
    if found is None:
        return None
    begin, end, now = found
    return f"{line[:begin]}(lgv_planted({number}) ? ({now.strip()}) : ({line[begin:end].strip()})){line[end:]}"
