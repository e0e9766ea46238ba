"""Name the files that are never changed without a person, by path."""

import re
from collections.abc import Iterator
from functools import cache

from tamma_core.domain.guard import Finding
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found

_GUARDED: tuple[tuple[str, str, str], ...] = (
    (
        "ci",
        "continuous integration",
        (
            r"\.(github|gitea|forgejo|gitlab)/(?!(issue|pull_request|merge_request|discussion)_templates?\b|funding\.ya?ml$|[^/]*\.md$).*|"
            r"zuul(\.d/.*|\.ya?ml)|(bors|kodiak)\.toml|(jenkins|concourse|ci|vars)/.*\.(groovy|ya?ml|jsonnet|sh)|\.?(ci|pipeline|concourse|screwdriver|buildkite|prow|shippable)\.ya?ml|"
            r"\.(crow|vela|werft|harness|concourse|jenkins|laminar|agola|zuul\.d|onedev|mergify|kodiak|bulldozer|probot|gocd|sr\.ht|zuul|prow|screwdriver|nevercode)\b[^/]*(/.*)?|\.gitlab-ci.*|\.gitlab/ci/.*|\.circleci/.*|\.buildkite/.*|"
            r"azure-pipelines.*|\.azure-pipelines/.*|(.*/)?jenkinsfile(\..*)?|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml|"
            r"\.?appveyor\.ya?ml|\.drone\.(ya?ml|star|jsonnet)|\.woodpecker(/.*|\.ya?ml)|\.cirrus\.(ya?ml|star)|\.ci/.*|"
            r"\.teamcity/.*|cloudbuild\.ya?ml|buildspec\.ya?ml|\.semaphore/.*|wercker\.yml|codefresh\.yml|\.tekton/.*|"
            r"(.*/)?action\.ya?ml|\.github/(dependabot|renovate).*|renovate\.json5?|\.renovaterc(\.json)?|\.builds?\.yml|\.builds/.*"
        ),
    ),
    (
        "lock_file",
        "a lock file",
        (
            r"(.*/)?(uv|poetry|pdm|pixi|cargo|composer|gemfile|flake|mix|pubspec|podfile|deno|conda|pylock|packages|gradle)\.lock|"
            r"(.*/)?(package-lock|npm-shrinkwrap|packages\.lock|deps)\.json|(.*/)?(yarn|bun)\.lockb?|(.*/)?pnpm-lock\.yaml|"
            r"(.*/)?pipfile\.lock|(.*/)?go\.sum|(.*/)?go\.work\.sum|(.*/)?package\.resolved|(.*/)?pylock(\..*)?\.toml|"
            r"(.*/)?[^/]*requirements[^/]*\.lock|(.*/)?gradle/verification-metadata\.xml|(.*/)?\.terraform\.lock\.hcl|(.*/)?pubspec\.lock"
        ),
    ),
    (
        "dependency",
        "a list of dependencies",
        (
            r"(.*/)?[^/]*(requirements|constraints)[^/]*\.(txt|in)|(.*/)?requirements/[^/]*\.(txt|in)|(.*/)?pipfile|(.*/)?environment\.ya?ml|"
            r"(.*/)?gemfile|(.*/)?[^/]*\.gemspec|(.*/)?composer\.json|(.*/)?pom\.xml|(.*/)?build\.gradle(\.kts)?|"
            r"(.*/)?settings\.gradle(\.kts)?|(.*/)?[^/]*\.(csproj|fsproj|vbproj)|(.*/)?directory\.(packages|build)\.(props|targets)|"
            r"(.*/)?packages\.config|(.*/)?nuget\.config|(.*/)?mix\.exs|(.*/)?package\.swift|(.*/)?podfile|(.*/)?pubspec\.yaml|"
            r"(.*/)?deps\.ed[n]|(.*/)?project\.clj|(.*/)?build\.sbt|(.*/)?conanfile\.(txt|py)|(.*/)?vcpkg\.json|(.*/)?go\.work|"
            r"(.*/)?deno\.jsonc?|(.*/)?bower\.json|(.*/)?\.npmrc|(.*/)?\.yarnrc(\.yml)?|(.*/)?pnpm-workspace\.yaml|(.*/)?\.?pip\.conf|"
            r"(.*/)?(uv|pdm)\.toml|(.*/)?\.pnpmfile\.c?js|(.*/)?\.cargo/config(\.toml)?|(.*/)?bunfig\.toml|"
            r"(.*/)?[^/]*(require[sd]?|reqs|deps|dependencies)([-_.][^/]*)?\.(txt|in|pip)|(.*/)?[^/]*\.pip|(.*/)?gradle/[^/]*\.(toml|versions)|(.*/)?(pixi|conda|meta)\.(toml|ya?ml)|"
            r"(.*/)?project/[^/]*\.(sbt|properties)|(.*/)?(cpanfile|dist\.ini|makefile\.pl|rebar\.config|stack\.yaml|cabal\.project|build\.zig\.zon|brewfile)|(.*/)?[^/]*\.(cabal|opam|nix)"
        ),
    ),
    (
        "instructions",
        "instructions to agents or contributors",
        (
            r"(.*/)?(agents?|claude|gemini|copilot|codex|warp|contributing|conventions)(\.local|\.override)?\.md|(.*/)?\.cursor[^/]*(/.*)?|"
            r"(.*/)?\.?mcp\.json|\.github/copilot.*|\.github/(instructions|prompts|chatmodes|agents|skills)/.*|(.*/)?\.claude(/.*|\.json)|"
            r"(.*/)?\.(codex|gemini|opencode|windsurf|continue|roo|kiro|agents?|aider|augment|junie|amazonq|clinerules|tamma)(/.*)?|"
            r"(.*/)?\.(windsurfrules|clinerules|roorules|aider\..*|cursorrules|goosehints|tamma\.ya?ml)|(.*/)?opencode\.jsonc?|"
            r"(\.github/|docs/)?contributing(\..*)?|(.*/)?skill\.md|(.*/)?llms\.txt|tamma\.(ya?ml|json|toml)"
        ),
    ),
    ("policy", "the repository's rules for Tamma", r"\.tamma(/.*)?|\.tamma\.ya?ml"),
    (
        "editor",
        "settings of an editor or a development container",
        (
            r"(.*/)?\.(vscode|idea|devcontainer|zed|fleet|vs)(/.*|\.json)|(.*/)?[^/]*\.code-workspace|(.*/)?\.(vimrc|exrc|nvimrc|nvim\.lua)|"
            r"(.*/)?\.dir-locals\.el|(.*/)?\.envrc|(.*/)?\.env(\..*)?|(.*/)?\.gitpod\.(yml|dockerfile)|(.*/)?\.replit|(.*/)?\.(tool-versions|mise\.toml|(python|ruby|node|java|go)-version|nvmrc|sdkmanrc)|(.*/)?rust-toolchain(\.toml)?|(.*/)?mise\.toml|"
            r"(.*/)?\.(bashrc|zshrc|profile|bash_profile|inputrc)"
        ),
    ),
    (
        "git_settings",
        "settings of git",
        r"(.*/)?\.(gitattributes|gitmodules|gitconfig|mailmap|git-blame-ignore-revs|lfsconfig)",
    ),
    (
        "hook",
        "hooks of the repository",
        (
            r"(.*/)?\.(husky|githooks|git-hooks|hooks|lefthook)/.*|(.*/)?\.pre-commit-(config|hooks)\.ya?ml|(.*/)?\.?lefthook(-local)?\.(ya?ml|toml|json)|"
            r"(.*/)?\.?(lint-staged|huskyrc|commitlint)(rc)?(\..*)?|(.*/)?\.overcommit\.yml|(.*/)?githooks/.*|(.*/)?prek\.toml"
        ),
    ),
    (
        "owners",
        "the list of code owners",
        r"(\.github/|\.gitlab/|\.gitea/|\.forgejo/|docs/)?codeowners|(.*/)?owners(_aliases)?",
    ),
    (
        "licence",
        "the licence",
        r"(.*/)?(licen[cs]es?|copying|unlicense|notice|copyright|patents)([.-][^/]*)?|(.*/)?licen[cs]es/.*",
    ),
    (
        "build_hook",
        "a program that builds or installs",
        (
            r"(.*/)?setup\.py|(.*/)?build\.rs|(.*/)?(hatch_build|pdm_build|build)\.py|(.*/)?binding\.gyp|(.*/)?extconf\.rb|(.*/)?wscript|"
            r"(.*/)?(configure|configure\.ac|cmakelists\.txt|meson\.build)|(.*/)?gradlew(\.bat)?|(.*/)?mvnw(\.cmd)?|"
            r"(.*/)?[^/]*\.gradle(\.kts)?|(.*/)?[^/]*\.(cmake|cake|rake)|(.*/)?cmake(user)?presets\.json|(.*/)?meson(_options\.txt|\.options)|(.*/)?makefile\.am|(.*/)?manifest\.in|"
            r"(.*/)?build\.(sh|bash|ps1|cmd|bat|fsx|zig)|build\.(cs|sc|xml)|(.*/)?(earthfile|tiltfile|vagrantfile|lombok\.config|dagger\.json|dune(-project)?)|"
            r"(.*/)?gradle/wrapper/.*|(.*/)?\.mvn/.*|(.*/)?buildsrc/.*"
        ),
    ),
    (
        "start_hook",
        "what an interpreter loads by itself",
        (
            r"(.*/)?[^/]*\.(pth|_pth|egg-link)|(.*/)?[^/]+\.(egg|dist)-info(/.*)?|(.*/)?pyvenv\.cfg|(.*/)?(site|user)customize(\.py|/.*)|"
            r"(.*/)?\.?pythonstartup.*|(.*/)?\.(pythonrc|pdbrc|irbrc|pryrc|rprofile|bundle/config)(\.[^/]*)?"
        ),
    ),
    (
        "container",
        "a container or its composition",
        r"(.*/)?([^/]*\.)?(docker|container)file(\.[^/]*)?|(.*/)?(docker-)?compose[^/]*\.ya?ml|(.*/)?\.dockerignore|(.*/)?docker-bake\.(hcl|json)",
    ),
    (
        "generated",
        "generated or vendored code",
        (
            r"(.*/)?(vendor|node_modules|third[-_]?party|site-packages|bower_components|\.yarn|pods)/.*|(.*/)?[^/]*\.min\.(js|css|mjs)|"
            r"(.*/)?[^/]*(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.g\.(dart|cs)|\.generated\.[^/]*|_generated\.[^/]*|\.bundle\.js)|(.*/)?[^/]*\.map"
        ),
    ),
)
_TEST_SETTINGS = (
    r"(.*/)?(unittest|_?pytest|doctest|nose2?)(\.py|/__init__\.py)|(.*/)?\.?pytest\.(ini|toml)|(.*/)?(tox\.ini|noxfile\.py|conftest\.py|\.coveragerc|\.?nose2?\.cfg)|(.*/)?(jest|vitest|vite|karma|"
    r"playwright|cypress|wdio|ava|web-test-runner)\.(config|conf|workspace|setup)\.[^/]*|(.*/)?(jest|vitest|test)[.-]?setup\.[^/]*|"
    r"(.*/)?setup[-_]?tests?\.[cm]?[jt]sx?|(.*/)?\.(mocharc|nycrc|taprc|jestrc|c8rc)(\..*)?|(.*/)?phpunit\.xml(\.dist)?|(.*/)?\.rspec|"
    r"(.*/)?(spec|rails|test)_helper\.rb|(.*/)?[^/]*\.runsettings|(.*/)?xunit\.runner\.json|(.*/)?junit-platform\.properties|(.*/)?ctestcustom\.cmake|"
    r"(.*/)?tests?/bootstrap\.php|(.*/)?(pest|bootstrap)\.php|(.*/)?\.?infection\.json5?(\.dist)?|"
    r"(.*/)?(makefile|gnumakefile|justfile|\.justfile|taskfile\.ya?ml|rakefile|magefile\.go)|(.*/)?[^/]*\.mk|"
    r"(.*/)?(nextest|\.config/nextest|hatch)\.toml|(.*/)?test[n]g\.xml|(.*/)?\.bazelrc|(.*/)?(build|workspace|module)(\.bazel|\.bzlmod)?|(.*/)?[^/]*\.bzl|"
    r"(.*/)?__mocks__/.*|(.*/)?\.?(babel|swc)(rc|\.config)(\.[^/]*)?|(.*/)?(ctesttestfile|ctestconfig)\.cmake|(.*/)?init\.gradle(\.kts)?|(.*/)?gradle\.properties|(.*/)?global\.json|"
    r"(.*/)?(phpunit|behat|codeception|phpspec|jasmine|testem|nightwatch|codecept|stryker|wallaby|testcafe|cypress|kahlan-config|jest[-.]preset)(\.(?!md$)[^/]*)?|"
    r"(.*/)?(tox|ward|pants|robot)\.toml|(.*/)?(doctest|trial|zope)\.(cfg|conf)|(.*/)?taskfile(\.dist)?\.ya?ml|(.*/)?(turbo|nx|lerna|rush|workspace|project|angular)\.json|"
    r"(.*/)?(gulpfile|gruntfile|guardfile|dangerfile|fastfile|esbuild)(\.[^/]*)?|(.*/)?(webpack|rollup|tsup|metro|vite|esbuild)\.config\.[^/]*|(.*/)?config/(environments/)?test\.(rb|exs)|"
    r"(.*/)?(env\.test|application-test\.[^/]*|test_helper\.exs|(gnu)?makefile\.[^/]*|tests\.ed[n]|buck|manage\.py|magefiles/.*)|(.*/)?(ci|check|verify|test|lint)\.(sh|bash|ps1|cmd|bat)|(.*/)?run[-_]ci\.[^/]*|"
    r"tasks\.py|(.*/)?(dodo|fabfile)\.py|(.*/)?(scripts?|bin)/(run[-_]?)?tests?([-_.][^/]*)?|(.*/)?run[-_]?([a-z\d]+[-_])*tests?([-_.][^/]*)?"
)
_QUALITY = (
    r"(.*/)?\.(flake8|pylintrc|ruff\.toml|mypy\.ini|isort\.cfg|bandit|coveragerc|editorconfig)|(.*/)?(ruff|mypy|pylintrc|pyrightconfig|ty|"
    r"pyproject\.lint)(\.toml|\.ini|\.json)?|(.*/)?\.?eslint(rc|ignore|\.config)(\..*)?|(.*/)?\.?(prettier|stylelint|biome)(rc|ignore|\.config)?"
    r"(\..*)?|(.*/)?tsconfig[^/]*\.json|(.*/)?\.golangci\.(ya?ml|toml|json)|(.*/)?(\.?clippy|\.?rustfmt|deny)\.toml|(.*/)?\.?codecov\.ya?ml|"
    r"(.*/)?sonar-project\.properties|(.*/)?\.(rubocop|yamllint|markdownlint|hadolint|shellcheckrc|semgrep|semgrepignore|checkov|trivyignore|"
    r"gitleaks|secrets\.baseline|gitleaksignore)[^/]*|(.*/)?(checkstyle|spotbugs|pmd|detekt|phpcs|psalm|phpstan|phpmd|stylecop|jacoco)[^/]*\.(xml|ya?ml|neon|json)(\.dist)?|(.*/)?\.?php-cs-fixer(\.dist)?\.php|(.*/)?\.(clang-tidy|simplecov|globalconfig)|(.*/)?\.importlinter|(.*/)?\.nycrc.*|"
    r"(.*/)?(pylama\.ini|lychee\.toml|reuse\.toml|cspell\.json|knip\.json|bundlewatch\.config\.json|sonar\.properties|osv-scanner\.toml|audit-ci\.json|audit\.toml|staticcheck\.conf|"
    r"revive\.toml|analysis_options\.yaml|coveralls\.json|buf(\.gen)?\.yaml)|(.*/)?[^/]*\.rego"
)
# A hidden file is some tool's setting; these are known to decide nothing.
_HIDDEN = (
    r"(.*/)?\.(?!git(ignore|keep)$|(keep|nojekyll|npmignore|zenodo\.json|readthedocs\.ya?ml|all-contributorsrc|release-please-manifest\.json|bumpversion\.cfg)$)[^/]+|"
    r"\.(?!changes(et)?/|(github|gitea|forgejo|gitlab)/)[^/]+/.*"
)


@cache
def _compiled() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Compile the patterns when the first path is looked at; it takes some 10 ms."""
    settings = (
        ("test_settings", "the configuration of the tests", _TEST_SETTINGS),
        ("quality_gate", "the configuration of a check", _QUALITY),
    )
    return tuple((rule, what, re.compile(pattern)) for rule, what, pattern in (*_GUARDED, *settings))


def is_ci_path(path: str) -> bool:
    """Tell whether a file configures continuous integration."""
    return any(rule == "ci" and pattern.fullmatch(path.casefold()) for rule, _, pattern in _compiled())


def protected_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about each guarded file that was added, changed, removed, or moved from or to its place."""
    for path in dict.fromkeys((file.old_path, file.path)):
        known = [(rule, what) for rule, what, pattern in _compiled() if pattern.fullmatch(path.casefold())]
        if not known and re.fullmatch(_HIDDEN, path.casefold()):
            known = [("quality_gate", "a hidden file, which some tool reads,")]
        yield from (found(rule, path, f"{what} was {_deed(file)}") for rule, what in known)


def _deed(file: FileVersions) -> str:
    return {"added": "added", "deleted": "removed", "renamed": "moved"}.get(file.change.kind, "changed")
