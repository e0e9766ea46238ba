import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tamma_core.verification.detect import detect
from tamma_core.verification.plan import NoTests, Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand, VerificationSettings
from tamma_core.verification.tree import files_below, read_file

PLAIN = VerificationSettings()
PYTEST = "def test_a():\n    assert 1\n"
UNITTEST = "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n"
CI = "jobs:\n  test:\n    steps:\n      - uses: x\n      - run: |\n          pip install .\n          {}\n"

RUST = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {}\n}\n"
IN_FOLDER = (
    "jobs:\n  t:\n    defaults:\n      run:\n        working-directory: ./{}/\n    steps:\n      - run: make test\n"
)


def tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


def found(root: Path, files: Mapping[str, str], with_settings: VerificationSettings = PLAIN) -> SuitePlan:
    plan = detect(tree(root, files), with_settings)
    assert isinstance(plan, SuitePlan), plan
    return plan


@pytest.mark.parametrize(
    ("files", "runner", "command"),
    [
        ({"tests/test_a.py": PYTEST}, Runner.PYTEST, "python -m pytest"),
        ({"tests/test_a.py": UNITTEST}, Runner.UNITTEST, "python -m unittest discover -s tests"),
        (
            {"tests/test_a.py": UNITTEST, "tests/__init__.py": ""},
            Runner.UNITTEST,
            "python -m unittest discover -s tests -t .",
        ),
        ({"test_a.py": UNITTEST}, Runner.UNITTEST, "python -m unittest discover"),
        ({"test_a.py": UNITTEST, "pytest.ini": "[pytest]\n"}, Runner.PYTEST, "python -m pytest"),
        (
            {"a_test.py": UNITTEST, ".github/workflows/a.yml": CI.format("pytest -q --cov=x -n 4 tests/unit -k fast")},
            Runner.PYTEST,
            "python -m pytest tests/unit -k fast",
        ),
        (
            {"test_a.py": PYTEST, ".gitea/workflows/a.yaml": CI.format("python -m pytest tests")},
            Runner.PYTEST,
            "python -m pytest tests",
        ),
        (
            {"test_a.py": UNITTEST, ".gitlab-ci.yml": "test:\n  script:\n    - python -m unittest -v\n"},
            Runner.UNITTEST,
            "python -m unittest -v",
        ),
        (
            {"test_a.py": PYTEST, "tox.ini": "[testenv]\ncommands = pytest {posargs} tests\n"},
            Runner.PYTEST,
            "python -m pytest tests",
        ),
        ({"package.json": '{"scripts": {"test": "jest --coverage"}}'}, Runner.JEST, "node_modules/.bin/jest"),
        ({"package.json": '{"scripts": {"test": "vitest"}}'}, Runner.VITEST, "node_modules/.bin/vitest run"),
        ({"package.json": '{"scripts": {"test": "mocha spec"}}'}, Runner.MOCHA, "node_modules/.bin/mocha spec"),
        ({"package.json": '{"scripts": {"test": "node --test lib/"}}'}, Runner.NODE, "node --test lib/"),
        ({"package.json": '{"scripts": {"test": "make x"}}'}, Runner.OTHER, "npm test --silent"),
        ({"package.json": '{"scripts": {"test": "tape x"}}'}, Runner.TAPE, "node_modules/.bin/tape x"),
        (
            {"package.json": '{"scripts": {"test": "npm run -s unit", "unit": "nyc tape \'test/*.js\'"}}'},
            Runner.TAPE,
            "node_modules/.bin/tape test/*.js",
        ),
        ({"package.json": '{"scripts": {"test": "npm run test"}}'}, Runner.OTHER, "npm test --silent"),
        ({"package.json": "{}", "a.test.js": ""}, Runner.NODE, "node --test"),
        ({"package.json": '{"devDependencies": {"jest": "1"}}'}, Runner.JEST, "node_modules/.bin/jest"),
        (
            {"test_a.py": UNITTEST.replace("import unittest", "import time, unittest")},
            Runner.UNITTEST,
            "python -m unittest discover",
        ),
        ({"test_a.py": "import os, pytest\n"}, Runner.PYTEST, "python -m pytest"),
        ({"go.mod": "module x\n", "a_test.go": "package x\n"}, Runner.GO, "go test ./..."),
        (
            {
                "go.mod": "module x\n",
                "a_test.go": "",
                ".github/workflows/a.yml": CI.format("go test -race -tags=e2e ./..."),
            },
            Runner.GO,
            "go test -tags=e2e ./...",
        ),
        ({"a.c": "", ".github/workflows/a.yml": CI.format("make check")}, Runner.MAKE, "sh -c make check"),
        ({"Makefile": "test:\n\ttrue\n"}, Runner.MAKE, "sh -c make test"),
        ({"justfile": "test:\n  true\n"}, Runner.MAKE, "sh -c just test"),
        (
            {"test_a.py": UNITTEST, "Makefile": "PY ?= python3\ntest: lint\n\t@$(PY) -m pytest -q tests\n"},
            Runner.PYTEST,
            "python -m pytest tests",
        ),
        (
            {"test_a.py": UNITTEST, "justfile": "p := 'pytest'\ntest *args:\n    {{p}} tests\n"},
            Runner.PYTEST,
            "python -m pytest tests",
        ),
        (
            {"go.mod": "module x\n", "a_test.go": "", "test_a.py": PYTEST},
            Runner.GO,
            "go test ./...",
        ),
        ({"Cargo.toml": "[package]\n", "src/lib.rs": RUST}, Runner.CARGO, "cargo test"),
        (
            {
                "pom.xml": "<p/>",
                "src/test/java/ATest.java": "",
                ".github/workflows/a.yml": CI.format("./mvnw -B -Pfast -pl core -am verify"),
            },
            Runner.MAVEN,
            "mvn -B -ntp -gs /deps/settings.xml -gt /deps/toolchains.xml -Dmaven.repo.local=/deps/m2 -Pfast -pl core -am test",
        ),
        (
            {
                "pom.xml": "maven-failsafe-plugin",
                "core/src/test/kotlin/A.kt": "",
                ".gitlab-ci.yml": "t: {script: mvn verify}",
            },
            Runner.MAVEN,
            "mvn -B -ntp -gs /deps/settings.xml -gt /deps/toolchains.xml -Dmaven.repo.local=/deps/m2 verify",
        ),
        ({"build.gradle.kts": "", "gradlew": "", "src/test/java/ATest.java": ""}, Runner.GRADLE, "sh ./gradlew test"),
        (
            {
                "CMakeLists.txt": "enable_testing()\n",
                ".travis.yml": "script: cmake -B x -DUSE_X=ON -DCMAKE_C_COMPILER=tcc . && make",
            },
            Runner.CTEST,
            (
                "sh -c cmake -S . -B .tamma-build -DCMAKE_BUILD_TYPE=Debug -DUSE_X=ON && cmake --build .tamma-build --parallel 2 && "
                "ctest --test-dir .tamma-build --output-on-failure"
            ),
        ),
        (
            {"meson.build": "test('a', b)\n"},
            Runner.MESON,
            "sh -c meson setup .tamma-build && meson test -C .tamma-build",
        ),
        (
            {"configure.ac": "", "tests/Makefile.am": "TESTS = a\n"},
            Runner.MAKE,
            "sh -c autoreconf -fi && ./configure && make -j2 && make check",
        ),
        ({"spec/a_spec.rb": "", "Gemfile": "gem 'x'\n"}, Runner.RSPEC, "bundle exec rspec"),
        ({"spec/a_spec.rb": "", ".travis.yml": "script: rspec -fd spec/unit"}, Runner.RSPEC, "rspec spec/unit"),
        ({"test/test_a.rb": "", "Rakefile": "Rake::TestTask.new\n"}, Runner.MINITEST, "rake test"),
        ({"test/a_test.rb": "require 'test/unit'\n", "Rakefile": "task :test\n"}, Runner.OTHER, "rake test"),
        ({"tests/ATest.php": "<?php"}, Runner.PHPUNIT, "phpunit tests"),
        (
            {
                "tests/ATest.php": "<?php",
                "phpunit.xml.dist": "<x/>",
                "composer.json": '{"require-dev": {"phpunit/phpunit": "^9"}}',
                ".github/workflows/a.yml": CI.format("vendor/bin/phpunit --testsuite unit --coverage-text"),
            },
            Runner.PHPUNIT,
            "vendor/bin/phpunit --testsuite unit",
        ),
        (
            {"Shop.sln": "", "Shop.Tests/Shop.Tests.csproj": '<PackageReference Include="Microsoft.NET.Test.Sdk" />'},
            Runner.DOTNET,
            "dotnet test Shop.sln",
        ),
        ({"Cargo.toml": "[workspace]\n", "a/src/lib.rs": RUST}, Runner.CARGO, "cargo test --workspace"),
        (
            {
                "Cargo.toml": "[package]\n",
                "src/lib.rs": RUST,
                ".github/workflows/a.yml": CI.format(
                    "cargo test --target x --features ${{ matrix.f }}\n          cargo +nightly test --verbose --all-features -p it -- --nocapture"
                ),
            },
            Runner.CARGO,
            "cargo test --all-features -p it",
        ),
        (
            {"a.c": "", ".github/workflows/a.yml": IN_FOLDER.format("sub/dir")},
            Runner.MAKE,
            "sh -c cd sub/dir && make test",
        ),
        (
            {
                "a.c": "",
                ".circleci/config.yml": "jobs:\n  a:\n    steps:\n      - run:\n          command: cargo test --all\n",
            },
            Runner.OTHER,
            "sh -c cargo test --all",
        ),
    ],
)
def test_the_runner_is_found(tmp_path: Path, files: Mapping[str, str], runner: Runner, command: str) -> None:
    """Files, settings and CI tell which command runs the tests."""
    plan = found(tmp_path, files)
    assert (plan.runner, " ".join(plan.command)) == (runner, command)
    assert plan.source


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "run pytest"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"go.mod": "module x\n"},
        {"Cargo.toml": "[package]\n", "src/lib.rs": "pub fn a() {}\n"},
        {"pom.xml": "<p/>", "src/main/java/A.java": ""},
        {"CMakeLists.txt": "project(x)\n", "a.c": ""},
        {"Gemfile": "", "lib/a.rb": ""},
        {"composer.json": "{}", "src/A.php": ""},
        {"A.sln": "", "A/A.csproj": "<Project/>"},
        {"a.c": "", ".github/workflows/a.yml": IN_FOLDER.format("../up")},
        {"a.c": "", ".github/workflows/a.yml": IN_FOLDER.format("${{ matrix.x }}")},
        {"src/a.py": "x = 1\n", ".github/workflows/a.yml": CI.format("echo test")},
    ],
)
def test_no_tests_is_an_answer(tmp_path: Path, files: Mapping[str, str]) -> None:
    """A tree without tests says so, with a reason."""
    answer = detect(tree(tmp_path, files), PLAIN)
    assert isinstance(answer, NoTests)
    assert "no tests were found" in answer.reason


def test_the_configuration_comes_first(tmp_path: Path) -> None:
    """A configured command, set-up and checks replace what was found, and its runner is recognised."""
    configured = VerificationSettings(
        test_command=("python", "-m", "pytest", "tests"),
        setup_commands=(("true",),),
        checks=(CheckCommand(name="x", command=("true",)),),
        environment={"A": "1"},
        dependency_files=("more.txt",),
    )
    plan = found(tmp_path, {"test_a.py": UNITTEST}, configured)
    assert (plan.runner, plan.command, plan.setup) == (Runner.PYTEST, configured.test_command, (("true",),))
    assert plan.checks == configured.checks
    assert plan.environment["A"] == "1"
    assert plan.dependency_files == ("more.txt",)


def test_what_python_needs_is_installed(tmp_path: Path) -> None:
    """Requirements, the project with its extras, and dependency groups go into a virtual environment; src is on the path."""
    project = '[project]\nname = "x"\ndependencies = ["a"]\n[project.optional-dependencies]\ntest = ["b"]\n[dependency-groups]\ndev = ["c"]\n'
    plan = found(
        tmp_path,
        {"pyproject.toml": project, "requirements-dev.txt": "d\n", "src/x/__init__.py": "", "tests/test_a.py": PYTEST},
    )
    assert plan.setup[0] == ("python3", "-m", "venv", "--upgrade-deps", "/deps/venv")
    assert plan.setup[1][-7:] == ("pytest", "-r", "requirements-dev.txt", "-e", ".[test]", "--group", "dev")
    assert set(plan.dependency_files) == {"pyproject.toml", "requirements-dev.txt"}
    assert plan.environment["PYTHONPATH"] == "/workspace/src"


def test_locked_versions_are_installed(tmp_path: Path) -> None:
    """A lock of uv or poetry holds the versions of an index down; the project itself and what a lock names twice are free."""
    entries = [
        ("pytest", "9.0.2", 'registry = "x"'),
        ("twice", "1.0", 'registry = "x"'),
        ("twice", "2.0", 'registry = "x"'),
        ("x", "0.1", 'editable = "."'),
        ("--index-url", "1", 'registry = "x"'),
    ]
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ {source} }}\n'
        for name, version, source in entries
    )
    files = {"pyproject.toml": '[project]\nname = "x"\n', "test_a.py": PYTEST}
    plan = found(tmp_path / "uv", {**files, "uv.lock": lock})
    assert plan.setup[1][-2:] == ("sh", "pytest==9.0.2")
    assert plan.setup[2][-5:] == ("-c", "/deps/constraints.txt", "pytest", "-e", ".")
    poetry = '[[package]]\nname = "a"\nversion = "1!2.post1"\n'
    plan = found(tmp_path / "poetry", {**files, "poetry.lock": poetry})
    assert plan.setup[1][-2:] == ("sh", "a==1!2.post1")


@pytest.mark.parametrize("project", ["", '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\n'])
def test_the_standard_library_needs_no_set_up(tmp_path: Path, project: str) -> None:
    """A project of unittest without dependencies installs nothing."""
    files = {"tests/test_a.py": UNITTEST, **({"pyproject.toml": project} if project else {})}
    assert found(tmp_path, files).setup == ()


@pytest.mark.parametrize(
    ("files", "setup"),
    [
        ({"package-lock.json": "{}"}, "npm ci --no-audit --no-fund"),
        ({"yarn.lock": "# yarn lockfile v1\n", ".yarnrc": ""}, "yarn install --frozen-lockfile"),
        (
            {"yarn.lock": "__metadata:\n  version: 8\n", ".yarnrc.yml": "", ".yarn/releases/yarn.cjs": ""},
            "yarn install --no-immutable",
        ),
        ({"pnpm-lock.yaml": "", "pnpm-workspace.yaml": "", "patches/a.patch": ""}, "pnpm install --frozen-lockfile"),
        ({}, "npm install --no-package-lock --no-audit --no-fund"),
    ],
)
def test_what_node_needs_is_installed(tmp_path: Path, files: Mapping[str, str], setup: str) -> None:
    """The lock file decides the installer, which sees what it reads, and the project's own scripts are taken away before."""
    plan = found(tmp_path, {"package.json": '{"devDependencies": {"mocha": "1"}}', **files})
    assert [" ".join(step) for step in plan.setup] == ["npm pkg delete scripts", setup]
    assert set(plan.dependency_files) == {"package.json", *files}


@pytest.mark.parametrize(
    ("files", "fetched"),
    [
        ({"Cargo.toml": "[package]\n"}, False),
        ({"Cargo.toml": "[dependencies]\nx = { path = 'x' }\n"}, False),
        ({"Cargo.toml": "[dev-dependencies]\nx = '1'\n"}, True),
        ({"Cargo.toml": "[target.'cfg(unix)'.dependencies]\nx = { version = '1' }\n"}, True),
        ({"Cargo.toml": "[dependencies]\nx = '1'\n", "Cargo.lock": "[[package]]\nname = 'a'\n"}, False),
        (
            {"Cargo.toml": "", "Cargo.lock": '[[package]]\nsource = "r"\nname = "a"\n'.replace("source", "\nsource")},
            True,
        ),
    ],
)
def test_what_rust_needs_is_fetched(tmp_path: Path, files: Mapping[str, str], fetched: bool) -> None:
    """Cargo fetches what the lock or the manifests want from a registry, and nothing otherwise."""
    plan = found(tmp_path, {"src/lib.rs": RUST, **files})
    assert plan.setup == ((("cargo", "fetch"),) if fetched else ())
    assert set(plan.dependency_files) == set(files)


@pytest.mark.parametrize(
    ("package", "installed"),
    [
        ('{"require": {"php": ">=8"}}', False),
        ('{"require-dev": {"a/b": "1"}}', True),
        ('{"require": {"php": ">=8"}, "autoload": {"psr-4": {"A\\\\": "src"}}}', True),
        ('{"autoload-dev": {"psr-4": {"A\\\\": "tests"}}}', True),
    ],
)
def test_what_composer_writes_is_wanted(tmp_path: Path, package: str, installed: bool) -> None:
    """Composer is asked for packages, and for the autoloader of a project that needs none."""
    plan = found(tmp_path, {"composer.json": package, "tests/ATest.php": ""})
    assert [step[2].split()[:2] for step in plan.setup] == ([["composer", "install"]] if installed else [])


def test_checks_that_ci_runs_are_found(tmp_path: Path) -> None:
    """Linters and type checks named in CI are run as CI runs them, through npm scripts too."""
    python = found(
        tmp_path / "a",
        {"test_a.py": PYTEST, ".github/workflows/a.yml": CI.format("ruff check src && mypy --strict src")},
    )
    assert [" ".join(check.command) for check in python.checks] == [
        "python -m ruff check src",
        "python -m mypy --strict src",
    ]
    package = '{"scripts": {"test": "jest", "lint": "eslint lib"}}'
    node = found(tmp_path / "b", {"package.json": package, ".github/workflows/a.yml": CI.format("npm run lint")})
    assert [" ".join(check.command) for check in node.checks] == ["node_modules/.bin/eslint lib"]
    go = found(
        tmp_path / "c", {"go.mod": "module x", "a_test.go": "", ".github/workflows/a.yml": CI.format("go vet ./...")}
    )
    assert [check.name for check in go.checks] == ["go vet"]
    lines = "cargo fmt --all -- --check && cargo clippy --all-features -- -D warnings"
    rust = found(
        tmp_path / "d",
        {"Cargo.toml": "[package]", "src/lib.rs": RUST, ".github/workflows/a.yml": CI.format(lines)},
    )
    assert [" ".join(check.command) for check in rust.checks] == [
        "cargo fmt --all --check",
        "cargo clippy --offline --all-features -- -D warnings",
    ]


@pytest.mark.parametrize(
    ("files", "line", "checks"),
    [
        (
            {"pom.xml": "<p/>", "src/test/java/ATest.java": ""},
            "mvn -q spotless:check",
            [
                "mvn -B -ntp -gs /deps/settings.xml -gt /deps/toolchains.xml -Dmaven.repo.local=/deps/m2 -o spotless:check"
            ],
        ),
        (
            {"build.gradle": "", "src/test/java/ATest.java": ""},
            "gradle ktlintCheck",
            ["gradle --offline --no-daemon ktlintCheck"],
        ),
        (
            {"CMakeLists.txt": "enable_testing()"},
            "clang-format -n -Werror a.c && x",
            ["sh -c clang-format -n -Werror a.c"],
        ),
        ({"Gemfile": "", "spec/a_spec.rb": ""}, "bundle exec rubocop lib", ["bundle exec rubocop lib"]),
        ({"tests/ATest.php": ""}, "vendor/bin/phpstan analyse src", ["vendor/bin/phpstan analyse src"]),
        ({"tests/ATest.php": ""}, "php-cs-fixer fix", []),
        (
            {"A.csproj": "<IsTestProject>true"},
            "dotnet format --verify-no-changes",
            ["dotnet format A.csproj --verify-no-changes"],
        ),
        ({"Makefile": "test:\n\ttrue\nlint:\n\tshellcheck x\n"}, "make lint", ["make lint"]),
        ({"Makefile": "lint:\n\truff check .\n", "test_a.py": PYTEST}, "make lint", ["python -m ruff check ."]),
    ],
)
def test_each_language_has_its_checks(tmp_path: Path, files: Mapping[str, str], line: str, checks: list[str]) -> None:
    """What CI checks beside the tests is run as it is called in each language; what would change files is not."""
    plan = found(tmp_path, {**files, ".github/workflows/a.yml": CI.format(line)})
    assert [" ".join(check.command) for check in plan.checks] == checks


TOML = '[project]\nname = "x"\ndependencies = []\n[dependency-groups]\ndev = [{include-group = "lint"}]\nlint = ["Ruff>=0.4", "mypy"]\n'
NPM = '{"scripts": {"test": "jest", %s}, "devDependencies": {"eslint": "9", "typescript": "5"}}'


@pytest.mark.parametrize(
    ("files", "checks"),
    [
        (
            {"pyproject.toml": f"{TOML}[tool.ruff.lint]\n[tool.mypy]\nplugins = ['x']\nfiles = 'src'\n[tool.black]\n"},
            ["python -m ruff check .", "python -m mypy"],
        ),
        ({"pyproject.toml": f"{TOML}[tool.mypy]\nstrict = true\n[tool.x]\nfiles = 'src'\n"}, ["python -m mypy ."]),
        ({"pyproject.toml": "[tool.ruff]\n"}, []),
        ({"pyproject.toml": TOML}, []),
        (
            {"requirements-dev.txt": "flake8==7\nblack # why\n", "setup.cfg": "[flake8]\n"},
            ["python -m flake8"],
        ),
        (
            {
                "requirements.txt": "black\nmypy\n",
                ".pre-commit-config.yaml": "repos:\n  - hooks:\n      - id: black\n      - id: mypy-x\n",
            },
            ["python -m black --check ."],
        ),
        (
            {
                "requirements.txt": "ruff\n",
                "ruff.toml": "",
                ".github/workflows/a.yml": CI.format("ruff check src"),
            },
            ["python -m ruff check src"],
        ),
    ],
)
def test_settings_of_a_linter_that_is_installed_are_a_check(
    tmp_path: Path, files: Mapping[str, str], checks: list[str]
) -> None:
    """A tool that the project installs and has settings for is run, as CI calls it where CI does, and no other."""
    plan = found(tmp_path, {"test_a.py": PYTEST, **files})
    assert [" ".join(check.command) for check in plan.checks] == checks


@pytest.mark.parametrize(
    ("files", "checks"),
    [
        (
            {"package.json": NPM % '"lint": "eslint lib", "format": "prettier --check ."', "tsconfig.json": "{}"},
            ["node_modules/.bin/eslint lib", "node_modules/.bin/tsc --noEmit"],
        ),
        ({"package.json": NPM % '"lint": "eslint --fix ."', "eslint.config.js": ""}, ["node_modules/.bin/eslint ."]),
        ({"package.json": NPM % '"build": "tsc"'}, []),
        ({"package.json": '{"scripts": {"test": "jest"}}', "tsconfig.json": "{}"}, []),
        ({"go.mod": "module x\n", "a_test.go": ""}, ["go vet ./..."]),
        (
            {"Cargo.toml": "[package]\n[lints.clippy]\nall = 'deny'\n", "src/lib.rs": RUST, "rustfmt.toml": ""},
            ["cargo clippy --offline --workspace", "cargo fmt --all --check"],
        ),
        ({"Gemfile": "gem 'rubocop'\n", "spec/a_spec.rb": "", ".rubocop.yml": ""}, ["bundle exec rubocop"]),
        (
            {"composer.json": '{"require-dev": {"phpstan/phpstan": "1"}}', "tests/ATest.php": "", "phpstan.neon": ""},
            ["vendor/bin/phpstan analyse --no-progress"],
        ),
    ],
)
def test_other_languages_have_linters_by_their_settings(
    tmp_path: Path, files: Mapping[str, str], checks: list[str]
) -> None:
    """Scripts named for it come first, and what would change files is not run."""
    assert [" ".join(check.command) for check in found(tmp_path, files).checks] == checks


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A file, a folder and a pipe that lead elsewhere are as good as absent."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/a.txt").write_text("canary")
    root = tree(tmp_path / "tree", {"a": "x"})
    (root / "link.txt").symlink_to(tmp_path / "secret/a.txt")
    (root / "folder").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe")
    assert [read_file(root, name) for name in ("link.txt", "folder/a.txt", "pipe", "../secret/a.txt")] != ["canary"] * 4
    assert read_file(root, "link.txt") == read_file(root, "folder/a.txt") == read_file(root, "pipe") == ""


NAMES = [
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
    "package.json",
    "go.mod",
    ".gitlab-ci.yml",
    ".github/workflows/a.yml",
    "Makefile",
    "Cargo.toml",
    "pom.xml",
    "CMakeLists.txt",
    "composer.json",
    "a.csproj",
    "src/test/ATest.java",
    "tests/ATest.php",
    "spec/a_spec.rb",
    "src/lib.rs",
    "test_a.py",
    "a_test.go",
]
pieces = st.lists(
    st.sampled_from(
        [
            "[project]\n",
            "[testenv]\n",
            "commands =\n",
            "run: pytest 'a\n",
            "- &a [*a]\n",
            "{",
            "}",
            '"scripts":',
            ": ",
            "\t",
            "- run: |\n  pytest -k\n",
            "? ",
            "!!python/object:x ",
            "&x ",
            "*x\n",
            "%",
            '"',
            "\x00",
        ]
    ),
    max_size=15,
).map("".join)


@example(files={"tox.ini": "[project]\n- &a [*a]\n\t[project]\n"})
@given(
    files=st.dictionaries(
        st.sampled_from(NAMES), st.one_of(pieces, st.text(max_size=200).filter(lambda t: t.isprintable())), max_size=5
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_gives_a_plan_or_none(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> None:
    """No project file makes the detection raise."""
    root = tree(tmp_path_factory.mktemp("tree"), files)
    assert isinstance(detect(root, PLAIN), SuitePlan | NoTests)


def test_tests_are_found_beside_any_number_of_other_files(tmp_path: Path) -> None:
    """What lies near the root is seen before the walk gives up on a large tree."""
    for folder in range(15):
        (tmp_path / f"a{folder:02}" / "deep").mkdir(parents=True)
        for number in range(1500):
            (tmp_path / f"a{folder:02}" / "deep" / f"{number}.txt").touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("import unittest\n")
    assert "tests/test_it.py" in set(files_below(tmp_path, ".py"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["test_a.py", "CMakeLists.txt", "meson.build", "Makefile.am"])
def test_a_file_that_is_made_to_take_long_is_read(tmp_path: Path, name: str) -> None:
    """Lines of nothing but blanks are each looked at once, however many there are."""
    assert isinstance(detect(tree(tmp_path, {name: "\n " * 100_000, "configure": ""}), PLAIN), NoTests)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["\n " * 100_000, "[mypy]\n" * 50_000, "- id: ruff \n" * 50_000, "[mypy]\n" + "x\n" * 200_000]
)
def test_settings_that_are_made_to_take_long_are_read(tmp_path: Path, text: str) -> None:
    """Settings of linters are looked at once a line as well."""
    names = ("setup.cfg", "mypy.ini", ".pre-commit-config.yaml", "Gemfile", "tox.ini")
    files = {"test_a.py": PYTEST, "requirements.txt": "mypy\nruff\nflake8\n", **dict.fromkeys(names, text)}
    assert found(tmp_path, files).runner is Runner.PYTEST
