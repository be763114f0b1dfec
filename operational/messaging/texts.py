"""The language of templates: plain text with `{{ variable }}` and `{% if variable %}`, and nothing else.

A template cannot call, loop, reach into objects or include: its syntax tree is checked node by node, so that
whoever may edit a text cannot run code. Values are formatted here by their kind and the customer's language;
escaping for HTML happens where HTML is made (`channels/smtp.py`).
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from operational.kernel.errors import DomainError
from operational.kernel.presentation import formatting as fmt
from operational.kernel.settings import Settings

Value = str | int | bool | Decimal | date | tuple[date, date]

# What every text may use beside the variables that its template declares.
COMMON: dict[str, str] = {
    "customer_name": "text",
    "customer_number": "text",
    "account": "account",
    "brand": "text",
    "seller": "text",
    "seller_address": "text",
    "seller_phone": "text",
    "seller_email": "text",
    "website": "text",
}
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, keep_trailing_newline=False, autoescape=False
)
_LONGEST = {"subject": 200, "body": 20_000, "sms": 612}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class BadTemplate(DomainError):
    """A text cannot be used: a syntax error, an unknown variable, a construct that is not allowed."""


class BadVariables(DomainError):
    """A message came without a variable its template needs, with an unknown one, or with a wrong value."""


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered message; the subject of an SMS is empty."""

    subject: str
    body: str


def check_text(*, subject: str, body: str, channel: str, variables: Mapping[str, str]) -> None:
    """Refuse a text that would fail or do harm when used; raise BadTemplate with what to change.

    ``variables`` are the declared ones (name -> kind); the common ones may always be used.
    """
    if channel == "sms" and subject.strip():
        raise BadTemplate("template_subject", "An SMS has no subject. Leave the subject empty.")
    if channel != "sms" and not subject.strip():
        raise BadTemplate("template_subject", "The subject is empty. Write one.")
    if not body.strip():
        raise BadTemplate("template_empty", "The text is empty. Write it.")
    longest = _LONGEST["sms" if channel == "sms" else "body"]
    if len(body) > longest or len(subject) > _LONGEST["subject"]:
        raise BadTemplate("template_too_long", f"The text is longer than {longest} characters. Shorten it.")
    known = {*variables, *COMMON}
    for source in (subject, body):
        _check_source(source, known)


def _check_source(source: str, known: set[str]) -> None:
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(
            "template_syntax",
            f"Line {error.lineno}: {error.message}. Use {{{{ variable }}}} and {{% if variable %}}.",
        ) from None
    for node in [tree, *tree.find_all(nodes.Node)]:
        if not isinstance(node, _ALLOWED):
            raise BadTemplate(
                "template_construct",
                f"Line {node.lineno}: {type(node).__name__} is not allowed. Use only {{{{ variable }}}} and "
                "{% if variable %}.",
            )
        if isinstance(node, nodes.Name) and node.name not in known:
            raise BadTemplate(
                "template_unknown_variable",
                f"Line {node.lineno}: the variable {node.name} is not known here. Known: "
                f"{', '.join(sorted(known))}.",
            )


def stored(values: Mapping[str, Value], declared: Mapping[str, str], *, template: str) -> dict[str, Any]:
    """Return the values as JSON after checking them against the declared kinds; raise BadVariables."""
    missing = sorted(name for name, kind in declared.items() if not kind.endswith("?") and name not in values)
    unknown = sorted(values.keys() - declared.keys())
    if missing or unknown:
        raise BadVariables(
            "message_variables",
            f"Template {template}: missing {', '.join(missing) or 'nothing'}, unknown "
            f"{', '.join(unknown) or 'nothing'}. Give exactly the declared variables.",
        )
    return {
        name: _as_json(name, value, declared[name].rstrip("?"), template) for name, value in values.items()
    }


def _as_json(name: str, value: Value, kind: str, template: str) -> Any:
    fits = {
        "text": isinstance(value, str),
        "account": isinstance(value, str),
        "money": isinstance(value, Decimal) and value.is_finite(),
        "date": isinstance(value, date),
        "number": isinstance(value, int) and not isinstance(value, bool),
        "flag": isinstance(value, bool),
        "period": isinstance(value, tuple) and len(value) == 2,
    }
    if not fits[kind]:
        raise BadVariables(
            "message_variables", f"Template {template}: {name} must be of the kind {kind}. Correct the call."
        )
    if isinstance(value, tuple):
        return f"{value[0].isoformat()}/{value[1].isoformat()}"
    return value if isinstance(value, (str, bool, int)) else str(value)


def render(
    *, subject: str, body: str, declared: Mapping[str, str], values: Mapping[str, Any], language: str
) -> Text:
    """Return the text with stored values put in; a variable that may be left out counts as empty."""
    kinds = {**COMMON, **declared}
    given = {name: _spoken(values.get(name), kind.rstrip("?"), language) for name, kind in kinds.items()}
    return Text(
        " ".join(_compiled(subject).render(given).split()),
        _CONTROL.sub(" ", _compiled(body).render(given).replace("\r\n", "\n")).strip(),
    )


@functools.lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    return _ENVIRONMENT.from_string(source)


def _spoken(value: Any, kind: str, language: str) -> Any:
    if value is None:
        return ""
    try:
        if kind == "money":
            return fmt.money(Decimal(str(value)), language)
        if kind == "date":
            return fmt.civil_date(date.fromisoformat(str(value)), "long", language)
        if kind == "period":
            first, end = str(value).split("/")
            return fmt.day_range(date.fromisoformat(first), date.fromisoformat(end), language)
    except (InvalidOperation, ValueError):
        return str(value)
    if kind == "account":
        return fmt.bank_account(str(value))
    return value if isinstance(value, bool) else str(value)


def common_values(settings: Settings) -> dict[str, str]:
    """Return the values of the seller that every text may use."""
    return {
        "brand": settings.seller_brand,
        "seller": settings.seller_name,
        "seller_address": settings.seller_address,
        "seller_phone": settings.seller_phone,
        "seller_email": settings.seller_email,
        "website": settings.seller_website,
    }
