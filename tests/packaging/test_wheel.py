"""A wheel that was built and installed elsewhere works as the checkout does."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from seatrial import __version__

ROOT = Path(__file__).resolve().parents[2]
PACK_FOLDERS = ("probes", "actions", "reports", "experiments")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """Seatrial in a virtual environment of its own, and a folder that has nothing to do with it."""

    python: Path
    elsewhere: Path

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """`-I` keeps the checkout and PYTHONPATH out."""
        return self._run("-I", "-m", "seatrial", *arguments)

    def script(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """The console script, as a user calls it."""
        command: list[str | Path] = [self.python.with_name("seatrial"), *arguments]
        return subprocess.run(command, cwd=self.elsewhere, capture_output=True, text=True, check=False)

    def evaluate(self, code: str) -> str:
        done = self._run("-I", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [self.python, *arguments]
        return subprocess.run(command, cwd=self.elsewhere, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def build(target: str, project: Path, into: Path) -> Path:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        target,
        "--directory",
        into,
    ]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    [built] = into.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    python = home / "venv" / "bin" / "python"
    install: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(install, check=True)
    # The dependencies are this environment's: read by path, so its editable Seatrial stays out.
    [site] = (home / "venv" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    elsewhere = home / "elsewhere"
    for folder in PACK_FOLDERS:
        (elsewhere / folder).mkdir(parents=True)
        (elsewhere / folder / "__init__.py").write_text(
            "raise RuntimeError('a folder of the user was imported')\n"
        )
    return Installed(python, elsewhere)


def test_the_wheel_carries_the_pack_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"seatrial", f"seatrial-{__version__}.dist-info"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert f"seatrial-{__version__}.dist-info/licenses/LICENSE" in names
    for folder in PACK_FOLDERS:
        files = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()]
        shipped = {f"seatrial/_pack/{path}" for path in files if path.parent.name != "__pycache__"}
        assert shipped
        assert shipped == {name for name in names if name.startswith(f"seatrial/_pack/{folder}/")}


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    source = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build("wheel", tmp_path / f"seatrial-{__version__}", tmp_path / "wheel")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_it_is_the_installed_one_that_runs(installed: Installed) -> None:
    home = installed.evaluate("import seatrial; print(seatrial.__file__)")
    assert Path(home).is_relative_to(installed.python.parents[1])
    root = installed.evaluate("from seatrial.pack import shipped_root; print(shipped_root())")
    assert Path(root) == Path(home).parent / "_pack"


def test_it_tells_its_version(installed: Installed) -> None:
    assert installed.run("--version").stdout == f"seatrial {__version__}\n"
    assert installed.script("--version").stdout == f"seatrial {__version__}\n"


def test_it_has_the_whole_pack_beside_folders_of_the_same_names(installed: Installed) -> None:
    code = "from seatrial.pack import load_packs as l; p = l(); print(*p.probes, *p.actions, *p.reports)"
    here = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert len(here.split()) > 8
    assert installed.evaluate(code) == here


def test_it_checks_every_shipped_experiment(installed: Installed) -> None:
    code = "from seatrial.pack import load_packs as l; print(*l().experiments(), sep='\\n')"
    experiments = installed.evaluate(code).splitlines()
    assert experiments
    done = installed.run("check", *experiments)
    assert done.returncode == 0, done.stderr
    assert installed.script("check", *experiments).returncode == 0


def test_a_team_s_pack_made_elsewhere_checks(installed: Installed, tmp_path: Path) -> None:
    made = subprocess.run(
        [installed.python.with_name("seatrial"), "init", tmp_path / "pack"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    experiments = sorted((tmp_path / "pack" / "experiments").glob("*.yaml"))
    assert experiments
    done = installed.run("check", *experiments)
    assert done.returncode == 0, done.stderr


def other_python(version: str) -> str:
    """The path of `python3.13` or the like; pyenv, where it is used, needs to be told."""
    command = [f"python{version}", "-c", "import sys; print(sys.executable)"]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no Python {version}")
    environment = {**os.environ, "PYENV_VERSION": version}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"there is no Python {version}: {found.stderr.strip()}")
    return found.stdout.strip()


OTHERS = sorted({"3.11", "3.12", "3.13"} - {"{}.{}".format(*sys.version_info)})


@pytest.mark.timeout(300)  # it fetches what it installs
@pytest.mark.parametrize("version", OTHERS)
def test_it_runs_on_other_pythons_with_what_the_lock_holds(version: str, wheel: Path, tmp_path: Path) -> None:
    python = other_python(version)
    uv = shutil.which("uv", path=f"{os.environ['PATH']}:{Path(sys.executable).parent}")
    assert uv, "`make` fetches uv into .venv where it is missing"
    subprocess.run([uv, "venv", "--quiet", "--python", python, tmp_path / "venv"], check=True)
    installed = Installed(tmp_path / "venv" / "bin" / "python", tmp_path)
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", installed.python]
    subprocess.run([*install, "--constraint", ROOT / "requirements.lock", f"{wheel}[all]"], check=True)
    assert installed.script("--version").stdout == f"seatrial {__version__}\n"
    experiments = installed.evaluate(
        "from seatrial.pack import *; print(*load_packs().experiments(), sep='\\n')"
    )
    done = installed.script("check", *experiments.splitlines())
    assert done.returncode == 0, done.stderr
    assert installed.script("schema").returncode == 0
