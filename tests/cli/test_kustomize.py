"""`penstock kustomize build`, mostly as a process: what people type, and what comes out."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.__main__ import penstock
from shared.git.seed import seed
from tests.kustomize.conformance import FOLDER, MISSING, Record, files_of, records
from tests.peers import peer

ROOT = Path(__file__).parents[2]
CM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"
FILES = {
    "base/kustomization.yaml": "resources: [cm.yaml]\n",
    "base/cm.yaml": CM.format("cm"),
    "top/kustomization.yaml": "resources: [../base]\nnamePrefix: top-\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(FILES, tmp_path)


def written(files: Mapping[str, str | bytes], folder: Path) -> Path:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def ran(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from cli.__main__ import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, ROOT, "kustomize", "build", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def invoked(*words: str | Path) -> Result:
    return CliRunner().invoke(penstock, ["kustomize", "build", *map(str, words)])


def test_manifests_come_out_and_nothing_else(folder: Path) -> None:
    done = ran(folder / "top")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == CM.format("top-cm")


def test_without_a_directory_it_is_the_one_we_are_in(folder: Path) -> None:
    assert ran(cwd=folder / "top").stdout == ran(folder / "top").stdout != ""


def test_what_goes_wrong_is_told_on_standard_error_with_file_and_line(folder: Path) -> None:
    written({"base/cm.yaml": "kind: A\nmetadata: {name: x}\n---\na: [\n"}, folder)

    done = ran(folder / "top")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: accumulating resources: ")
    assert done.stderr.rstrip().endswith("base/cm.yaml:5")
    assert "Traceback" not in done.stderr
    assert "Traceback" in ran(folder / "top", "--stack-trace").stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("nowhere",), 1, "'nowhere' does not exist"),
        (("a", "b"), 2, "unexpected extra argument"),
        (("--load-restrictor", "Some"), 2, "is not one of"),
        (("--reorder", "up"), 2, "is not one of"),
        (("--as-current-user",), 2, "runs no programs"),
        (("--enable-exec",), 2, "runs no programs"),
        (("--network-name", "x"), 2, "runs no programs"),
        (("-e", "A=b"), 2, "runs no programs"),
    ],
)
def test_wrong_words_are_refused(words: tuple[str, ...], code: int, message: str) -> None:
    done = invoked(*words)

    assert done.exit_code == code
    assert message in done.output


def test_output_goes_into_a_file(folder: Path) -> None:
    done = ran(folder / "top", "-o", folder / "out.yaml")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "out.yaml").read_text() == CM.format("top-cm")


def test_output_goes_into_a_directory_under_the_names_of_kustomize(folder: Path) -> None:
    (folder / "out").mkdir()
    objects = (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: A}}\n---\n"
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: b}}\n---\n"
        "{apiVersion: v1, kind: Namespace, metadata: {name: b}}\n"
    )
    written({"base/cm.yaml": objects}, folder)

    assert invoked(folder / "base", "-o", folder / "out").exit_code == 0

    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "b_apps_v1_deployment_web.yaml",
        "default_v1_configmap_a.yaml",
        "v1_namespace_b.yaml",
    ]


@pytest.mark.parametrize("name", ["../x", "a/b"])
def test_no_file_is_written_outside_of_the_directory(folder: Path, name: str) -> None:
    (folder / "out").mkdir()
    written({"base/cm.yaml": CM.format(name)}, folder)

    done = invoked(folder / "base", "-o", folder / "out")

    assert done.exit_code == 1
    assert "cannot be that of a file" in done.output
    assert list((folder / "out").iterdir()) == []


def test_the_disk_that_takes_nothing_is_told(folder: Path) -> None:
    done = invoked(folder / "top", "-o", folder / "none/out.yaml")

    assert done.exit_code == 1
    assert "none/out.yaml: No such file or directory" in done.output


def test_files_elsewhere_are_read_only_without_restrictions(folder: Path) -> None:
    written({"top/kustomization.yaml": "resources: [../base/cm.yaml]\n"}, folder)

    assert "security; file" in invoked(folder / "top").output
    free = invoked(folder / "top", "--load-restrictor", "LoadRestrictionsNone")
    assert free.output == CM.format("cm")


def test_files_can_be_named_by_absolute_paths(folder: Path) -> None:
    written({"base/kustomization.yaml": f"resources: [{folder}/base/cm.yaml]\n"}, folder)

    assert invoked(folder / "base").output == CM.format("cm")


def test_what_is_outside_of_the_repository_is_not_read(folder: Path) -> None:
    (folder / "top/.git").mkdir()

    assert "leads out of the tree" in invoked(folder / "top").output
    assert invoked(folder / "top", "--root", folder).exit_code == 0
    assert "is not in" in invoked(folder / "top", "--root", folder / "base").output


def test_links_lead_on_within_the_root_only(folder: Path) -> None:
    (folder / "link").symlink_to("base")
    (folder / "absolute").symlink_to(folder / "base")
    (folder / "out").symlink_to("/")
    for name, wanted in (("link", CM.format("cm")), ("absolute", CM.format("cm"))):
        written({"top/kustomization.yaml": f"resources: [../{name}]\n"}, folder)
        assert invoked(folder / "top", "--root", folder).output == wanted
    written({"top/kustomization.yaml": "resources: [../out]\n"}, folder)
    assert "leads out of" in invoked(folder / "top", "--root", folder).output


def test_orders_and_labels_are_those_of_the_flags(folder: Path) -> None:
    written(
        {"base/cm.yaml": CM.format("x") + "---\nkind: Namespace\nmetadata: {name: n}\n"}, folder
    )

    assert invoked(folder / "base").output.startswith("kind: Namespace")
    assert invoked(folder / "base", "--reorder", "none").output.startswith(CM.format("x"))
    labelled = invoked(folder / "base", "--enable-managedby-label").output
    assert "app.kubernetes.io/managed-by: kustomize-v5.8" in labelled


def test_what_is_no_text_of_a_file_is_told(folder: Path) -> None:
    (folder / "base/cm.yaml").unlink()
    (folder / "base/cm.yaml").mkdir()

    done = invoked(folder / "base")

    assert done.exit_code == 1
    assert "must resolve to a file" in done.output


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = written(FILES, tmp_path / "repository")
    seed(place, branch="main", message="first")
    return place


@pytest.mark.slow
def test_a_base_in_a_git_repository_is_fetched(repository: Path, tmp_path: Path) -> None:
    url = f"file://{repository}//top?ref=main"
    written({"here/kustomization.yaml": f"resources: ['{url}']\nnameSuffix: -x\n"}, tmp_path)

    assert ran(tmp_path / "here").stdout == CM.format("top-cm-x")
    assert ran(url).stdout == CM.format("top-cm")
    assert "remote bases are not allowed" in ran(tmp_path / "here", "--no-remote-bases").stderr
    gone = ran(url.replace("main", "gone"))
    assert "couldn't find remote ref gone" in gone.stderr
    assert gone.returncode == 1


@pytest.fixture
def web(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words: object) -> None:
            super().__init__(*words, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_file_is_fetched_by_its_url(folder: Path, web: str) -> None:
    written({"top/kustomization.yaml": f"resources: ['{web}/cm.yaml']\n"}, folder)
    written({"cm.yaml": CM.format("far")}, folder)

    assert invoked(folder / "top").output == CM.format("far")
    (folder / "cm.yaml").unlink()
    assert "HTTP Error: status code 404" in invoked(folder / "top").output


def answered(record: Record, folder: Path) -> tuple[int, str]:
    written(files_of(record), folder)
    for path, target in record.get("symlinks", {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(target)
    done = invoked(folder / record["root"], *record.get("cli_args", ()))
    return done.exit_code, done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.exists(), reason=MISSING)
@pytest.mark.parametrize("name", ["krusty", "plugins", "filters", "examples", "probes"])
def test_recorded_builds_come_out_of_the_command(name: str, tmp_path: Path) -> None:
    wrong = []
    for number, record in enumerate(records(name)):
        if not record["cli_reproduces"]:
            continue
        wanted = record.get("expect_cli", record["expect"])
        code, output = answered(record, tmp_path / str(number))
        yaml = wanted.get("yaml", "").replace("kustomize-(test)", "kustomize-v5.8.2")
        if (code, output) != (int("error" in wanted), yaml):
            wrong.append(record["id"])

    assert wrong == []


@pytest.mark.slow
def test_the_bytes_are_those_of_the_real_command(folder: Path) -> None:
    binary = peer("kustomize")
    for words in ((folder / "top",), (folder / "base", "--reorder", "none")):
        theirs = subprocess.run([binary, "build", *words], capture_output=True, check=True)
        assert ran(*words).stdout.encode() == theirs.stdout


CHART = {
    "top/charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "top/charts/web/values.yaml": "size: 1\nname: of-values\n",
    "top/charts/web/crds/crd.yaml": "apiVersion: x.io/v1\nkind: Def\nmetadata: {name: def}\n",
    "top/charts/web/templates/cm.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
        "  name: {{ .Release.Name }}-{{ .Values.name }}\n  namespace: {{ .Release.Namespace }}\n"
        'data: {size: "{{ .Values.size }}", kube: "{{ .Capabilities.KubeVersion }}"}\n'
    ),
    "top/kustomization.yaml": (
        "namespace: far\nhelmCharts:\n- name: web\n  releaseName: r\n  includeCRDs: true\n"
        "  valuesInline: {size: 7}\n"
    ),
}


@pytest.mark.slow
def test_charts_are_rendered_by_helm_as_kustomize_has_them_rendered(tmp_path: Path) -> None:
    helm, theirs = peer("helm"), peer("kustomize")
    written(CHART, tmp_path)
    words = (
        tmp_path / "top", "--enable-helm", "--helm-command", helm, "--helm-kube-version", "1.30.1",
    )  # fmt: skip

    mine = ran(*words)

    wanted = subprocess.run([theirs, "build", *words], capture_output=True, check=True)
    assert mine.stderr == ""
    assert mine.stdout == wanted.stdout.decode()
    assert "name: r-of-values" in mine.stdout
    assert "kube: v1.30.1" in mine.stdout


def test_helm_is_run_only_where_it_is_allowed_and_there(tmp_path: Path) -> None:
    written(CHART, tmp_path)

    assert "must specify --enable-helm" in invoked(tmp_path / "top").output
    none = invoked(tmp_path / "top", "--enable-helm", "--helm-command", tmp_path / "none")
    assert "is it installed?" in none.output
    other = invoked(tmp_path / "top", "--enable-helm", "--helm-command", "/bin/echo")
    assert "helm v3 or v4 is needed" in other.output
    broken = invoked(tmp_path / "top", "--enable-helm", "--helm-command", "/bin/false")
    assert "failed" in broken.output
