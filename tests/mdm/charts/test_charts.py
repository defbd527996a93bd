"""Charts and pages: what they draw is what they were given, nothing covers anything, nothing is fetched or run."""

import base64
import hashlib
import itertools
import math
import re
import stat
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.charts import (
    Bar,
    ColumnPanel,
    DotRow,
    Fall,
    Mark,
    Series,
    bar_chart,
    column_chart,
    dot_chart,
    element,
    figure,
    line_chart,
    page,
    section,
    table,
    value,
    waterfall_chart,
    write_page,
)
from mdm.charts.frame import mark_rows
from mdm.charts.scales import linear, short, signed, spread, ticks
from mdm.errors import RefusedInput

bits = st.floats(-40, 40, allow_nan=False)
HOSTILE = "</svg><script>alert(1)</script>\x00\ud800\"'&\u202e"


def parsed(chart):
    return ET.fromstring(chart)


def rects(svg, kind):
    found = [r for r in svg.iter("rect") if kind in r.get("class").split()]
    return [(float(r.get("x")), float(r.get("x")) + float(r.get("width"))) for r in found]


@given(bits, bits, st.integers(1, 12))
def test_ticks_are_round_and_inside(a, b, about):
    low, high = min(a, b), max(a, b)
    found = ticks(low, high, about)
    if high - low > 1e-6:
        assert all(low - 1e-6 <= tick <= high + 1e-6 for tick in found)
        steps = [y - x for x, y in itertools.pairwise(found)]
        assert all(step == pytest.approx(steps[0], rel=1e-6) for step in steps)
        assert len(found) <= about + 1
    assert linear(low, high, 10, 20)(high) in (pytest.approx(20.0), 15.0)


@given(st.lists(st.floats(0, 300), max_size=8), st.floats(1, 30))
def test_what_is_spread_keeps_its_order_and_its_distance(places, gap):
    moved = spread(places, gap)
    order = sorted(range(len(places)), key=lambda i: places[i])
    assert all(moved[b] - moved[a] >= gap - 1e-6 for a, b in itertools.pairwise(order))
    if all(places[b] - places[a] >= gap for a, b in itertools.pairwise(order)):
        assert moved == pytest.approx(places)


@given(st.lists(st.tuples(st.floats(-5, 30), st.sampled_from(["ask a steward", "keep", "match"])), max_size=6))
def test_no_mark_covers_the_label_of_another(given_marks):
    marks = [Mark(x, label) for x, label in given_marks]
    scale = linear(-5, 30, 48, 650)
    rows = mark_rows(marks, scale)
    order = sorted(range(len(marks)), key=lambda i: marks[i].x)
    for place, i in enumerate(order):
        end = scale(marks[i].x) + 4 + 7 * len(marks[i].label)
        for j in order[place + 1 :]:
            # the line of j, and its label, begin below the label of i
            assert rows[j] > rows[i] or scale(marks[j].x) > end


@given(st.lists(st.tuples(bits, bits), min_size=1, max_size=12))
def test_every_fall_begins_where_the_one_before_ended(parts):
    falls = [Fall(f"part {i}", weight, rarity) for i, (weight, rarity) in enumerate(parts)]
    svg = parsed(waterfall_chart(falls, total_label="sum", title="t", says="s"))
    joints = [float(one.get("x1")) for one in svg.iter("line") if one.get("class") == "joint"]
    (zero,) = [float(one.get("x1")) for one in svg.iter("line") if one.get("class") == "zero"]
    ((left, right),) = rects(svg, "total")
    total = math.fsum(fall.bits for fall in falls)
    assert (right if total >= 0 else left) == pytest.approx(joints[-1], abs=1.2)
    assert (left if total >= 0 else right) == pytest.approx(zero, abs=1.2)
    for number, group in enumerate(g for g in svg.iter("g")):
        if number == len(falls):
            assert group.findall("text")[-1].text == signed(sum(f.bits for f in falls))
        else:
            begun = zero if number == 0 else joints[number - 1]
            ends = [
                edge
                for r in group.findall("rect")
                for edge in (float(r.get("x")), float(r.get("x")) + float(r.get("width")))
            ]
            assert min(abs(begun - edge) for edge in ends) <= 1.2
            assert len(group.findall("rect")) == (2 if falls[number].rarity else 1)


def test_bars_and_columns_are_as_long_as_what_they_count():
    bars = parsed(bar_chart([Bar("a", 10, "10"), Bar("b", 5, "5"), Bar("c", 0, "0")], title="t", says="s"))
    widths = [end - start for start, end in rects(bars, "one")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[2] == 1
    panels = [ColumnPanel("same", (4, 0, 2)), ColumnPanel("different", (0, 0, 0))]
    columns = parsed(column_chart((0.0, 1.0, 2.0), panels, title="t", says="s", x_label="bits"))
    heights = [float(r.get("height")) for r in columns.iter("rect")]
    assert heights == [pytest.approx(2 * heights[1], abs=0.2), heights[1]]
    assert "different: none" in [t.text for t in columns.iter("text")]


def test_lines_and_dots_stand_where_their_numbers_say():
    series = [Series("precision", [(0, 0.5), (10, 1.0)]), Series("recall", [(0, 0.75), (10, 0.5)])]
    svg = parsed(line_chart(series, marks=[Mark(5, "match")], title="t", says="s", x_label="x", y_label="y"))
    one, two = (re.findall(r"[ML]([\d.]+) ([\d.]+)", p.get("d")) for p in svg.iter("path") if "line" in p.get("class"))
    assert float(one[0][1]) == pytest.approx(float(two[1][1]))
    assert float(two[0][1]) == pytest.approx((float(one[0][1]) + float(one[1][1])) / 2, abs=0.2)
    (mark,) = [float(m.get("x1")) for m in svg.iter("line") if m.get("class") == "mark"]
    assert mark == pytest.approx((float(one[0][0]) + float(one[1][0])) / 2, abs=0.2)
    dots = parsed(dot_chart([DotRow("a", 1.0, 0.5, "7")], title="t", says="s", heading="n"))
    *_, circle = dots.iter("circle")
    axis = {t.text: float(t.get("x")) for t in dots.iter("text") if t.get("class") == "tick"}
    assert float(circle.get("cx")) == pytest.approx(axis["1"], abs=0.2)


@pytest.mark.parametrize(
    "chart",
    [
        bar_chart([], title="t", says="s"),
        column_chart((), [ColumnPanel("none", ())], title="t", says="s", x_label="x"),
        dot_chart([], title="t", says="s", heading="n"),
        line_chart([], title="t", says="s", x_label="x", y_label="y"),
        line_chart([Series("one", [(1.0, 0.0)])], title="t", says="s", x_label="x", y_label="y"),
        waterfall_chart([], total_label="sum", title="t", says="s"),
    ],
)
def test_nothing_to_draw_is_still_a_chart(chart):
    svg = parsed(chart)
    assert svg.get("role") == "img"
    assert "nan" not in chart
    names = {e.get("id") for e in svg.iter() if e.get("id")}
    assert set(svg.get("aria-labelledby").split()) == names


def test_a_page_runs_and_fetches_nothing_whatever_the_records_say():
    chart = waterfall_chart([Fall(HOSTILE, 1.0)], total_label=HOSTILE, title=HOSTILE, says=HOSTILE)
    rows = table([HOSTILE], [(value(HOSTILE),), (HOSTILE,)], caption=HOSTILE)
    made = page(HOSTILE, section(HOSTILE, figure(chart, rows, heading=HOSTILE), name="a"))
    assert "<script" not in made
    assert "\x00" not in made
    made.encode("utf-8")
    assert not re.search(r"\b(?:src|href|style|on\w+)=", made.replace('href="#', ""))
    assert "http:" not in made
    assert "https:" not in made
    style = re.search(r"<style>(.*)</style>", made, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made).group(1)
    assert f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{digest}&#x27;" in policy
    assert "url(" not in style
    assert "@import" not in style


def test_numbers_are_written_with_care():
    assert [short(2.0), short(-0.5), short(12000)] == ["2", "\N{MINUS SIGN}0.5", "12\N{NARROW NO-BREAK SPACE}000"]
    assert [signed(1.5), signed(-2)] == ["+1.50", "\N{MINUS SIGN}2.00"]
    assert (
        element("a", "<b>", x=1.25, y=3.0, class_=None, aria_label='q"')
        == '<a x="1.2" y="3" aria-label="q&quot;">&lt;b&gt;</a>'
    )
    made = table(["what", "n", "bits"], [("a", 1200, "+1.00"), ("b", 0.5, "")], caption="c")
    assert '<td class="n">1\N{NARROW NO-BREAK SPACE}200</td><td class="n">+1.00</td>' in made
    assert '<td class="n">0.5000</td>' in made


def test_a_page_is_written_for_its_owner_or_not_at_all(tmp_path):
    place = tmp_path / "page.html"
    write_page(place, "first")
    write_page(place, "second")
    assert place.read_text() == "second"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for wrong in (tmp_path, tmp_path / "none" / "page.html"):
        with pytest.raises(RefusedInput, match=str(wrong)):
            write_page(wrong, "x")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
