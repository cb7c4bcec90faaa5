"""Applies the limits of a model's row that hold only together with something else."""

from typing import Any

from diorama.catalog.catalog import ROLES
from diorama.catalog.entry import ANY, NONE, Rule
from diorama.errors import ValidationError
from diorama.generation.choices import closest
from diorama.generation.draft import OPTION, WORDS, Draft


def apply_rules(draft: Draft) -> None:
    """In the order of the row. Raises ValidationError when the fit is strict and the caller asked for both sides."""
    for rule in draft.model.rules:
        if _holds(draft, rule):
            _apply(draft, rule)


def _holds(draft: Draft, rule: Rule) -> bool:
    return all(_matches(draft, field, choices) for field, choices in rule.when.items())


def _matches(draft: Draft, field: str, choices: tuple[Any, ...]) -> bool:
    if field == "input":
        return bool(draft.roles.keys() & set(choices)) or (ANY if draft.roles else NONE) in choices
    key = draft.key(field)
    return key in draft and (ANY in choices or draft.get(key) in choices)


def _apply(draft: Draft, rule: Rule) -> None:
    broken, odd = _broken(draft, rule), _odd(draft, rule)
    if (odd or any(draft.is_hard(key) for key in broken)) and _gives_way(draft, rule):
        return
    if odd:
        field, hint = _way_out(draft, rule)
        raise ValidationError(f"{draft.model.name} {odd}: {rule.because}.", field=field, hint=hint)
    for key in broken:
        _mend(draft, rule, key)
    for key in map(draft.key, rule.drop):
        if key in draft:
            said, value = draft.blamed(key)
            draft.drop(key, f"makes nothing of {said} {value!r} here: {rule.because}", "", harmless=True)


def _mend(draft: Draft, rule: Rule, key: str) -> None:
    said, value = draft.blamed(key)
    why = f"cannot use {said} {value!r} here: {rule.because}"
    field = key.removeprefix(OPTION)
    if field in rule.only:
        choices = rule.only[field]
        hint = f"One of {', '.join(map(str, choices))}."
        draft.change(key, closest(draft.model, field, draft.get(key), choices), why, hint)
    elif field in rule.at_most:
        draft.change(key, rule.at_most[field], why, f"At most {rule.at_most[field]:g}.")
    else:
        draft.drop(key, why, "Leave one of the two out.")


def _broken(draft: Draft, rule: Rule) -> list[str]:
    """The fields whose values this rule forbids."""
    narrowed = [
        draft.key(field) for field, choices in rule.only.items() if _value(draft, field) not in (None, *choices)
    ]
    capped = [draft.key(field) for field, cap in rule.at_most.items() if (_value(draft, field) or 0) > cap]
    barred = [draft.key(field) for field in rule.without if _value(draft, field) is not None]
    return narrowed + capped + barred


def _odd(draft: Draft, rule: Rule) -> str | None:
    """What this rule finds wrong that nobody but the caller can mend: the roles of the inputs, or what is missing."""
    barred = [role for role in draft.roles if role in rule.without]
    if barred:
        return f"cannot use an input as {barred[0]!r} here"
    crowded = [role for role, count in draft.roles.items() if count > rule.at_most.get(role, count)]
    if crowded:
        return f"takes {rule.at_most[crowded[0]]:g} input(s) as {crowded[0]!r} here, not {draft.roles[crowded[0]]}"
    if rule.needs and not any(name in draft.roles or _value(draft, name) is not None for name in rule.needs):
        what = "an input as" if rule.needs[0] in ROLES else "a value for"
        return f"needs {what} {' or '.join(map(repr, rule.needs))} here"
    return None


def _way_out(draft: Draft, rule: Rule) -> tuple[str, str]:
    """The field that is to blame, and what to do about it."""
    if not rule.needs:
        return "inputs", "Choose among them; inputs are never left out."
    if rule.needs[0] in ROLES:
        return "inputs", "Add it to `inputs`."
    key = draft.key(rule.needs[0])
    return key, "Add it to `options`." if key.startswith(OPTION) else "Add it."


def _value(draft: Draft, field: str) -> Any:
    return draft.get(draft.key(field))


def _breaks(draft: Draft, rule: Rule) -> bool:
    return bool(_broken(draft, rule) or _odd(draft, rule))


def _gives_way(draft: Draft, rule: Rule) -> bool:
    """A condition that nobody asked for yields to what the caller asked for, if any other value of it will do."""
    for field, choices in rule.when.items():
        key = draft.key(field)
        if field == "input" or draft.is_hard(key):
            continue
        before = draft.get(key)
        for value in _others(draft, field, choices):
            draft.fill(key, value)
            if not any(_holds(draft, other) and _breaks(draft, other) for other in draft.model.rules):
                return True
        draft.fill(key, before)
    return False


def _others(draft: Draft, field: str, choices: tuple[Any, ...]) -> list[Any]:
    """The values that a field may take beside these: its default (or nothing) before all."""
    listed = getattr(draft.model, field, ()) if field in WORDS else ()
    values = [draft.model.defaults.get(field), *listed]
    return [value for value in values if value not in choices]
