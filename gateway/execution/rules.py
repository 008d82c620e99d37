"""The rules of validation that a document can break at all.

https://spec.graphql.org/September2025/#sec-Validation

Each rule costs its part of every walk through a document, those of variables several walks of their
own; and most documents that come as plain text have nothing of what half of the rules are about.
"""

from graphql import (
    ASTValidationRule,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    FragmentsOnCompositeTypesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    PossibleFragmentSpreadsRule,
    StreamDirectiveOnListField,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    specified_rules,
)

# By what a text must have in it, one or the other, for a document to break any of them.
_ABOUT: dict[tuple[str, ...], frozenset[type[ASTValidationRule]]] = {
    ("$",): frozenset(
        {
            NoUndefinedVariablesRule,
            NoUnusedVariablesRule,
            UniqueVariableNamesRule,
            VariablesAreInputTypesRule,
            VariablesInAllowedPositionRule,
        }
    ),
    ("...", "fragment"): frozenset(
        {
            FragmentsOnCompositeTypesRule,
            KnownFragmentNamesRule,
            NoFragmentCyclesRule,
            NoUnusedFragmentsRule,
            PossibleFragmentSpreadsRule,
            UniqueFragmentNamesRule,
        }
    ),
    ("@",): frozenset(
        {
            DeferStreamDirectiveLabel,
            DeferStreamDirectiveOnRootField,
            DeferStreamDirectiveOnValidOperationsRule,
            KnownDirectivesRule,
            StreamDirectiveOnListField,
            UniqueDirectivesPerLocationRule,
        }
    ),
}


def rules_for(text: str) -> list[type[ASTValidationRule]]:
    """The specified rules, in their order, but for those that no document of this text breaks."""
    needless: set[type[ASTValidationRule]] = set()
    for marks, rules in _ABOUT.items():
        if not any(mark in text for mark in marks):
            needless |= rules
    return [rule for rule in specified_rules if rule not in needless]
