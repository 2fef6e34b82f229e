"""Refuses an app that would write a credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import jsii
from cdk8s import ApiObject
from constructs import Construct, IConstruct, IValidation

from ...kubernetes import Manifest, checks
from .credentials import Finding, findings

_ID = "no-credentials"


@jsii.implements(IValidation)
class NoCredentials(Construct):
    """A validation of the app: at synthesis, no object may hold what looks like a credential.

    It looks at every object of every chart, whoever made it: at Secrets with values, at forms that issuers give their
    credentials, at passwords in addresses, and at variables, arguments and files whose name says password, token or key
    and whose value is no reference.

    Args:
        allowed: What is none, by its object (`ConfigMap/shop-settings`), and why.
    """

    @classmethod
    def guard(cls, scope: Construct, *, allowed: Mapping[str, str] | None = None) -> NoCredentials:
        """The validation of the app that the scope is in, made once; what is allowed adds up."""
        root = scope.node.root
        known = root.node.try_find_child(_ID)
        if known is None:
            return cls(cast(Any, root), _ID, allowed=allowed)
        found = cast(NoCredentials, known)
        found.allow(allowed or {})
        return found

    def __init__(self, scope: Construct, id: str, *, allowed: Mapping[str, str] | None = None) -> None:
        super().__init__(scope, id)
        self._scope: IConstruct = scope
        self._allowed: dict[str, str] = {}
        self._seen: dict[str, list[Finding]] = {}
        self.allow(allowed or {})
        self.node.add_validation(self)

    def allow(self, allowed: Mapping[str, str]) -> None:
        """Names objects whose values are no credentials, each with the reason.

        Raises:
            ValueError: One is not `Kind/name`, is a Secret, or has no reason.
        """
        for name, reason in allowed.items():
            kind, slash, rest = name.partition("/")
            if not (kind and slash and rest) or kind == "Secret":
                raise checks.refuse("allowed", "Kind/name of an object that is no Secret", name)
            if not reason.strip():
                raise checks.refuse(f"allowed[{name!r}]", "the reason", reason)
        self._allowed |= allowed

    def validate(self) -> list[str]:
        """One line for each value; the value is not repeated."""
        objects = [n for n in self._scope.node.find_all() if isinstance(n, ApiObject)]
        return [
            f"{found.where} looks like a credential ({found.what}); put it into a Secret that is not rendered "
            "(SecretRef), or name it with the reason: NoCredentials.guard(app, allowed={...})"
            for each in objects
            for found in self._findings(_content(each))
            if found.where.split(" ")[0] not in self._allowed
        ]

    def _findings(self, content: Mapping[str, Any]) -> list[Finding]:
        """An app is validated once for each chart: what has been read is not read again while it stays the same."""
        text = repr(content)
        if text not in self._seen:
            self._seen[text] = list(findings(content))
        return self._seen[text]


def _content(each: ApiObject) -> Mapping[str, Any]:
    """Of ours without a question to jsii."""
    return each.content if isinstance(each, Manifest) else cast(Mapping[str, Any], each.to_json())
