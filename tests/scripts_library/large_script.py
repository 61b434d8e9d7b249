"""A script of many steps, with what a step can have, for measuring.

The rule of this file: every way to one of its nine outcomes passes two steps with a statement, which takes the most
proving.
"""

HEAD = '+++\nid = "a"\nversion = 1\ntitle = "A"\nlanguage = "en"\n'


def write_large_script(steps: int) -> str:
    """The text of a script with so many steps (at least 40). From each a way leads on, one around and one back."""
    head = [HEAD]
    head += [f"[fields.f{n}]\nlabel = 'F'\ntype = 'text'\n" for n in range(50)]
    head += [f"[outcomes.o{n}]\nlabel = 'O'\nafter = ['s{n}', 's{n + 20}']\n" for n in range(1, 10)]
    lines = ["+++"]
    for n in range(steps):
        lines += [f"## s{n}: Step {n}", "> Good day, **{{ customer.name | fallback: 'Sir' }}**. May I help you?", ""]
        lines += ["!> This is how it is.", "", f"{{{{ field: f{n % 50} }}}}", ""]
        if n == steps - 1:
            lines += [f"- [{key}] Ends as {key} -> end: o{key}" for key in range(1, 10)]
        else:
            lines += [f"- [1] On -> s{n + 1}", f"- [2] Once more -> s{n}", f"- [3] Back -> s{max(n - 1, 0)}"]
    return "".join(head) + "\n".join(lines)
