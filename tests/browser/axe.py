"""axe-core over a page: violations, and text in the color of its ground, which axe only doubts."""

from __future__ import annotations

from pathlib import Path

_PROGRAM = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async tags => {
    const found = await axe.run(document, {
        runOnly: {type: 'tag', values: tags}, resultTypes: ['violations', 'incomplete']});
    const say = (rule, node) => `${rule.id}: ${node.target.join(' ')} ${node.failureSummary || ''}`;
    const all = found.violations.flatMap(rule => rule.nodes.map(node => say(rule, node)));
    const equal = found.incomplete.flatMap(rule => rule.nodes.filter(node =>
        [...node.any, ...node.all, ...node.none].some(
            check => check.data && check.data.messageKey === 'equalRatio')
    ).map(node => 'equalRatio ' + say(rule, node)));
    return [...all, ...equal];
}"""


def complaints(page) -> list[str]:
    """What axe finds wrong on the page as it stands; one line for each element.

    The page's policy lets no script in: it is given to the browser by its debugger, as a
    developer's tools do.
    """
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(_PROGRAM.read_text(encoding="utf-8") + ";0")
    return page.evaluate(_RUN, _TAGS)
