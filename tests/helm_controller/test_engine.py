"""The engine: what it renders, what it refuses, and that nothing a chart does reaches further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from helm_controller.engine import Engine, Limits
from helm_controller.engine_program import EngineProgram
from helm_controller.number import Whole
from helm_controller.problem import HelmError
from helm_controller.rendering import Order
from tests.helm_controller.cases import archive, recorded
from tests.helm_controller.engines import ENGINES
from tests.helm_controller.engines import program as program_called

pytestmark = pytest.mark.slow
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '{{ %s }}'}\n"
WITH_SCHEMA = {
    "values.schema.json": '{"properties": {"n": {"type": "integer"}}}',
    "templates/a.yaml": CONFIG % ".Values.n",
}
GOOD = archive({"templates/a.yaml": CONFIG % ".Release.Revision"})
TIME = timedelta(seconds=4)


@pytest.fixture(params=ENGINES)
def program(request: pytest.FixtureRequest) -> EngineProgram:
    """What renders, one after the other."""
    return program_called(str(request.param))


@pytest.fixture
async def engine(program: EngineProgram) -> AsyncIterator[Engine]:
    """An engine of one worker."""
    async with Engine(Limits(workers=1), program) as running:
        yield running


async def refusal(engine: Engine, chart: bytes | Path, **order: object) -> HelmError:
    """What the engine says of a chart that it does not render."""
    with pytest.raises(HelmError) as refused:
        await engine.render(Order(chart, **{"name": "r", "namespace": "n", **order}))
    return refused.value


async def test_a_chart_is_rendered_with_the_release_it_is_of(engine: Engine):
    done = await engine.render(Order(GOOD, "r", "n", revision=7))

    (document,) = done.documents
    assert (document.path, document.kind) == ("demo/templates/a.yaml", "ConfigMap")
    assert "data: {x: '7'}" in done.manifest


async def test_one_order_leaves_nothing_behind_for_the_next(engine: Engine):
    """Helm's library changes a chart while it renders it."""
    chart = archive(
        {
            "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\n"
            "dependencies: [{name: sub, version: 1.0.0, repository: '', condition: sub.on}]\n",
            "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
            "charts/sub/templates/a.yaml": CONFIG % "1",
        }
    )

    off = await engine.render(Order(chart, "r", "n", {"sub": {"on": False}}))
    on = await engine.render(Order(chart, "r", "n", {"sub": {"on": True}}))

    assert (len(off.documents), len(on.documents)) == (0, 1)
    assert "dependencies" not in off.metadata


@pytest.mark.parametrize("number", [7, 1.5, -2.0, 1e30])
async def test_numbers_of_values_are_those_of_a_file(engine: Engine, number: float):
    chart = archive({"templates/a.yaml": "a: {{ kindOf .Values.n }} {{ toJson .Values.n }}\n"})

    done = await engine.render(Order(chart, "r", "n", {"n": number}))

    (document,) = done.documents
    kind, _, text = document.text.removeprefix("a: ").partition(" ")
    assert (kind, float(text)) == ("float64", number)


async def test_a_number_that_was_set_stays_whole_with_the_helper():
    """The library reads all numbers as those of a file."""
    chart = archive({"templates/a.yaml": "a: {{ .Values.set }} {{ .Values.file }}\n"})
    async with Engine(Limits(workers=1), program_called("helper")) as engine:
        order = Order(chart, "r", "n", {"set": Whole(2**53 + 1), "file": 1000000})

        done = await engine.render(order)

    assert done.documents[0].text == "a: 9007199254740993 1e+06\n"


@pytest.mark.parametrize("name", ["", "A", "a_b", "a" * 54])
async def test_a_release_needs_a_name_that_helm_takes(engine: Engine, name: str):
    error = await refusal(engine, GOOD, name=name)

    assert error.stage == "name"


async def test_dependencies_that_are_not_there_are_told(engine: Engine):
    head = "apiVersion: v2\nname: demo\nversion: 1.0.0\n"
    chart = archive(
        {"Chart.yaml": head + "dependencies: [{name: sub, version: 1, repository: ''}]"}
    )

    error = await refusal(engine, chart)

    assert "missing in charts/ directory: sub" in str(error)


async def test_a_library_is_no_chart_to_install(engine: Engine):
    chart = archive({"Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\ntype: library\n"})

    error = await refusal(engine, chart)

    assert str(error) == "library charts are not installable"


@pytest.mark.parametrize(
    ("version", "why"),
    [("v3", "invalid chart apiVersion"), ("v9", "unsupported chart version")],
)
async def test_a_kind_of_chart_that_helm_does_not_install_is_refused(
    engine: Engine, version: str, why: str
):
    head = f"apiVersion: {version}\nname: demo\nversion: 1.0.0\n"
    chart = archive({"Chart.yaml": head, "templates/a.yaml": CONFIG % "1"})

    assert str(await refusal(engine, chart)) == why


@pytest.mark.parametrize(
    ("wanted", "cluster", "suits"),
    [
        (">=1.30.0-0", "v1.31.2", True),
        (">=1.30.0-0", "v1.29.3+k3s1", False),
        (">=1.30.0", "v1.31.0-rc.1", False),
        ("~1.29 || ^1.31", "v1.31.9", True),
        ("this is no range", "v1.31.0", False),
    ],
)
async def test_a_chart_says_which_clusters_it_suits(
    engine: Engine, wanted: str, cluster: str, suits: bool
):
    head = f"apiVersion: v2\nname: demo\nversion: 1.0.0\nkubeVersion: {wanted!r}\n"
    chart = archive({"Chart.yaml": head, "templates/a.yaml": CONFIG % "1"})

    if suits:
        await engine.render(Order(chart, "r", "n", kube_version=cluster, of_cluster=True))
    else:
        error = await refusal(engine, chart, kube_version=cluster, of_cluster=True)
        assert str(error) == (
            f"chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {cluster}"
        )


async def test_values_are_held_against_the_schema(engine: Engine):
    error = await refusal(engine, archive(WITH_SCHEMA), values={"n": "text"})

    assert error.stage == "values"
    assert "- at '/n': got string, want integer" in str(error)


@pytest.mark.parametrize("packed", [False, True], ids=["directory", "archive"])
async def test_the_schema_can_be_left_out(engine: Engine, tmp_path: Path, packed: bool):
    chart: bytes | Path = archive(WITH_SCHEMA)
    if not packed:
        chart = unpacked(WITH_SCHEMA, tmp_path)

    done = await engine.render(Order(chart, "r", "n", {"n": "text"}, skip_schema=True))

    assert "x: 'text'" in done.manifest


async def test_the_schema_of_a_packed_subchart_can_be_left_out(engine: Engine):
    chart = archive({"charts/sub-1.0.0.tgz": archive(WITH_SCHEMA, name="sub")})

    refused = await refusal(engine, chart, values={"sub": {"n": "text"}})
    done = await engine.render(Order(chart, "r", "n", {"sub": {"n": "text"}}, skip_schema=True))

    assert refused.stage == "values"
    assert "x: 'text'" in done.manifest


async def test_what_is_not_yaml_is_told_in_the_words_of_go(engine: Engine):
    error = await refusal(engine, archive({"templates/a.yaml": "a: [1\nb: 2\n"}))

    assert error.stage == "parse"
    assert str(error).startswith(
        "YAML parse error on demo/templates/a.yaml: error converting YAML to JSON: yaml: line 1:"
    )


@pytest.mark.parametrize("chart", [b"", b"no archive", archive({"Chart.yaml": "name: [1"})])
async def test_what_is_no_chart_is_refused(engine: Engine, chart: bytes):
    error = await refusal(engine, chart)

    assert error.stage == "load"


async def test_a_renderer_has_no_credentials_and_no_home(engine: Engine):
    chart = archive({"templates/a.yaml": CONFIG % '(lookup "v1" "Secret" "n" "s") | toJson'})

    done = await engine.render(Order(chart, "r", "n"))

    assert "x: '{}'" in done.manifest


@pytest.mark.parametrize(("names", "seen"), [(False, {""}), (True, {"127.0.0.1", "::1"})])
async def test_hosts_are_asked_for_where_that_is_allowed(
    engine: Engine, names: bool, seen: set[str]
):
    chart = archive({"templates/a.yaml": 'a: {{ getHostByName "localhost" | quote }}\n'})

    done = await engine.render(Order(chart, "r", "n", names=names))

    assert done.documents[0].text.strip().removeprefix("a: ").strip('"') in seen


@pytest.mark.parametrize("chart", recorded("helm-nasty", "Chart.yaml"))
async def test_a_nasty_chart_costs_a_worker_at_most(chart: Path, program: EngineProgram):
    """Each ends in an error, or in what Helm makes of it; and others are rendered meanwhile."""
    async with Engine(Limits(workers=2, time=TIME), program) as engine:
        nasty, *others = await asyncio.gather(
            engine.render(Order(chart, "r", "n")),
            *(engine.render(Order(GOOD, "r", "n")) for _ in range(5)),
            return_exceptions=True,
        )
        after = await engine.render(Order(GOOD, "r", "n"))

    assert isinstance(nasty, HelmError) or chart.name in HARMLESS
    assert [other for other in others if isinstance(other, BaseException)] == []
    assert after.documents


HARMLESS = {"cyclic-dict", "cyclic-json", "deep-json", "deep-yaml", "bcrypt", "rsa"}
"""What Helm renders too: what would have no end has an error as its text, or none at all. The last
two are slow, and done in time on a machine that is fast."""


async def test_a_loop_is_ended_and_says_so(program: EngineProgram):
    chart = archive(
        {"templates/a.yaml": "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"}
    )
    async with Engine(Limits(workers=1, time=timedelta(seconds=1)), program) as engine:
        error = await refusal(engine, chart)

    assert (error.stage, str(error)) == ("limit", "rendering took longer than 1 s")


async def test_a_loop_ends_though_nobody_is_left_to_end_it(program: EngineProgram):
    """The kernel counts processor time: here a second of it, and no parent that watches."""
    chart = archive(
        {"templates/a.yaml": "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"}
    )
    memory = Limits().memory
    process = await asyncio.create_subprocess_exec(
        *program.command(memory, 1),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=program.environment(memory),
    )

    said, _ = await process.communicate(Order(chart, "r", "n").line())

    assert said.count(b"\n") == 1, "its version, and no answer"
    assert process.returncode


async def test_too_long_an_answer_is_refused_and_the_next_is_good(program: EngineProgram):
    chart = archive({"templates/a.yaml": 'a: {{ repeat 3000000 "x" }}'})
    async with Engine(Limits(workers=1, answer=2**20), program) as engine:
        error = await refusal(engine, chart)
        after = await engine.render(Order(GOOD, "r", "n"))

    assert error.stage == "limit"
    assert after.documents


async def test_who_gives_up_waiting_leaves_a_good_engine_behind(program: EngineProgram):
    chart = archive(
        {"templates/a.yaml": "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"}
    )
    async with Engine(Limits(workers=1), program) as engine:
        await engine.render(Order(GOOD, "r", "n"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await engine.render(Order(chart, "r", "n"))
        after = await engine.render(Order(GOOD, "r", "n"))

    assert after.documents


async def test_orders_that_come_at_once_share_a_worker_that_is_soon_free(program: EngineProgram):
    limits = Limits(workers=2, patience=timedelta(minutes=1))
    async with Engine(limits, program) as engine:
        orders = [engine.render(Order(GOOD, "r", "n", revision=number)) for number in range(4)]
        done = await asyncio.gather(*orders)

        assert len(engine._idle) == 1

    assert ["x: '2'" in one.manifest for one in done] == [False, False, True, False]


async def test_an_order_gets_a_worker_of_its_own_where_the_other_takes_its_time():
    limits = Limits(workers=2, patience=timedelta(0))
    async with Engine(limits) as engine:
        await asyncio.gather(*(engine.render(Order(GOOD, "r", "n")) for _ in range(2)))

        assert len(engine._idle) == 2


async def test_an_order_does_not_wait_for_a_worker_that_is_not_given_on(program: EngineProgram):
    limits = Limits(workers=2, orders=1, patience=timedelta(hours=1))
    async with Engine(limits, program) as engine:
        done = await asyncio.gather(*(engine.render(Order(GOOD, "r", "n")) for _ in range(3)))

    assert len(done) == 3


async def test_what_the_controller_holds_is_not_what_its_renderer_does(program: EngineProgram):
    held = b"x" * Limits().kept
    async with Engine(Limits(workers=1), program) as engine:
        await engine.render(Order(GOOD, "r", "n"))

        assert len(engine._idle) == 1
    assert len(held) == Limits().kept


async def test_a_worker_that_died_while_it_waited_costs_nobody_an_order(program: EngineProgram):
    async with Engine(Limits(workers=1), program) as engine:
        await engine.render(Order(GOOD, "r", "n"))
        (worker,) = engine._idle
        worker._process.kill()
        await worker._process.wait()

        after = await engine.render(Order(GOOD, "r", "n"))

    assert after.documents


async def test_a_worker_is_replaced_in_time(program: EngineProgram):
    async with Engine(Limits(workers=1, orders=2), program) as engine:
        done = [await engine.render(Order(GOOD, "r", "n")) for _ in range(5)]

    assert len(done) == 5


def unpacked(files: dict[str, str], folder: Path) -> Path:
    """A chart as a directory."""
    head = {"Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\n"}
    for path, content in {**head, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return folder
