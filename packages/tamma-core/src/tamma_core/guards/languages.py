"""How tests look in each language that is read by its grammar: one row a language, and no code."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from tamma_core.domain.record import Record

Pattern = re.Pattern[str]
_NOTHING = re.compile(r"(?!)")


class Language(Record, frozen=True, kw_only=True):
    """Name the kinds of nodes of one grammar, and the words by which a runner knows tests."""

    name: str
    grammar: str
    entry: str = "language"
    endings: tuple[str, ...]
    suites: frozenset[str]
    """Nodes that hold definitions: classes, modules, namespaces, branches of a preprocessor."""
    functions: frozenset[str]
    definitions: frozenset[str]
    """Nodes that name something without running anything."""
    imports: frozenset[str]
    import_text: Pattern = _NOTHING
    """Statements that import though their node is of another kind."""
    loading: Pattern = _NOTHING
    """Imports that run or rename things without saying which."""
    marks: frozenset[str] = frozenset()
    calls: frozenset[str]
    test_name: Pattern = _NOTHING
    test_mark: Pattern = _NOTHING
    test_call: Pattern = _NOTHING
    suite_call: Pattern = _NOTHING
    hook: Pattern = _NOTHING
    """Names of what runs, or counts, without being called by a test."""
    telling: Pattern = _NOTHING
    """Comments that a runner or a compiler obeys."""
    hoisted: frozenset[str] = frozenset()
    """Statements that work before they are reached."""
    later_wins: bool = False
    """A second definition of a name silently replaces the first."""
    outreach: Pattern = _NOTHING
    """Names, marks and parameters of what a new file does to the tests of others."""
    reopens: bool = False
    """A class may be defined again to change it."""
    inline: Pattern = _NOTHING
    """Marks of tests that stand among the program's own code."""


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SPEC_CALL = re.compile(
    r"(?:it|test|specify|bench|fit|xit|xtest|xspecify|Deno\.test|example|scenario|property)(?:\.\w+)*"
)
_SPEC_SUITE = re.compile(
    r"(?:[xf]?describe|[xf]?context|suite|feature|RSpec\.describe|shared_examples(?:_for)?|shared_context)(?:\.\w+)*"
)
_SCRIPT_HOOK = re.compile(
    r"(?:before|after)(?:Each|All)?|setup|teardown|suite(?:Setup|Teardown)|(?:jest|vi|mock|sinon|td)\.\w+(?:\.\w+)*|t(?:est)?\.(?:before|after)\w*"
)
_REQUIRE = re.compile(
    r"(?:const|let|var)\s+[\w$\s{},:]+=\s*(?:await\s+)?(?:require|import)\s*\(\s*['\"][^'\"]+['\"]\s*\)(?:\.[\w$]+)?\s*;?"
)
_GLOBAL_USING = re.compile(r"global\s+using\b.*", re.DOTALL)
_SIDE_EFFECT = re.compile(r"import\s*['\"].*", re.DOTALL)
_BROWSER = re.compile(r".*@(?:jest|vitest)-environment|.*@ts-nocheck", re.DOTALL)


def _script(name: str, endings: tuple[str, ...], grammar: str, entry: str = "language") -> Language:
    return Language(
        name=name,
        grammar=grammar,
        entry=entry,
        endings=endings,
        suites=_kinds("class_declaration class abstract_class_declaration internal_module"),
        functions=_kinds("function_declaration generator_function_declaration method_definition function_signature"),
        definitions=_kinds(
            "lexical_declaration variable_declaration interface_declaration type_alias_declaration enum_declaration field_definition "
            "public_field_definition ambient_declaration empty_statement"
        ),
        imports=_kinds("import_statement"),
        import_text=_REQUIRE,
        loading=_SIDE_EFFECT,
        calls=_kinds("call_expression new_expression"),
        test_call=_SPEC_CALL,
        suite_call=_SPEC_SUITE,
        hook=_SCRIPT_HOOK,
        telling=_BROWSER,
        hoisted=_kinds("function_declaration generator_function_declaration variable_declaration class_declaration"),
        later_wins=True,
    )


LANGUAGES: tuple[Language, ...] = (
    _script("JavaScript", (".js", ".mjs", ".cjs", ".jsx"), "tree_sitter_javascript"),
    _script("TypeScript", (".ts", ".mts", ".cts"), "tree_sitter_typescript", "language_typescript"),
    _script("TSX", (".tsx",), "tree_sitter_typescript", "language_tsx"),
    Language(
        name="Go",
        grammar="tree_sitter_go",
        endings=(".go",),
        suites=frozenset(),
        functions=_kinds("function_declaration method_declaration"),
        definitions=_kinds("const_declaration var_declaration type_declaration"),
        imports=_kinds("import_declaration"),
        loading=re.compile(r"[._]\s+[\"`].*", re.DOTALL),
        calls=_kinds("call_expression"),
        test_name=re.compile(r"(?:Test|Benchmark|Fuzz|Example)(?![a-z])\w*"),
        hook=re.compile(r"(?:Set[Uu]p|Tear[Dd]own|Before|After)\w*"),
        outreach=re.compile(
            r"TestMain|init|true|false|nil|len|cap|append|make|new|panic|recover|copy|error|string|int|bool|any|min|max"
        ),
        telling=re.compile(r"//\s*(?:go:build|\+build|Output:|Unordered output:|go:linkname)"),
    ),
    Language(
        name="Rust",
        grammar="tree_sitter_rust",
        endings=(".rs",),
        suites=_kinds("mod_item impl_item trait_item"),
        functions=_kinds("function_item function_signature_item"),
        definitions=_kinds(
            "const_item static_item struct_item enum_item type_item union_item macro_definition associated_type extern_crate_declaration"
        ),
        imports=_kinds("use_declaration"),
        marks=_kinds("attribute_item"),
        calls=_kinds("call_expression macro_invocation"),
        test_mark=re.compile(
            r"#\[\s*(?:\w+::)*(?:test|rstest|bench|quickcheck|test_case|proptest|wasm_bindgen_test)\b.*", re.DOTALL
        ),
        hook=re.compile(r"drop|ctor"),
        inline=re.compile(r"#\[\s*(?:cfg\s*\(.*\btest\b.*|(?:\w+::)*(?:test|rstest|bench)\b.*)", re.DOTALL),
    ),
    Language(
        name="Java",
        grammar="tree_sitter_java",
        endings=(".java",),
        suites=_kinds("class_declaration interface_declaration enum_declaration record_declaration"),
        functions=_kinds("method_declaration constructor_declaration compact_constructor_declaration"),
        definitions=_kinds("field_declaration annotation_type_declaration constant_declaration enum_constant"),
        imports=_kinds("import_declaration"),
        marks=_kinds("marker_annotation annotation"),
        calls=_kinds("method_invocation object_creation_expression"),
        test_name=re.compile(r"test\w*"),
        test_mark=re.compile(
            r"@(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property|Theory)\b.*",
            re.DOTALL,
        ),
        hook=re.compile(
            r"setUp\w*|tearDown\w*|run(?:Test|Bare)?|@(?:\w+\.)*(?:Before|After|Rule|ClassRule|RegisterExtension|ExtendWith)\w*"
        ),
        # The compiler reads such escapes before it looks for the end of a comment.
        telling=re.compile(r".*\\u", re.DOTALL),
    ),
    Language(
        name="C++",
        grammar="tree_sitter_cpp",
        endings=(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx"),
        suites=_kinds(
            "class_specifier struct_specifier namespace_definition linkage_specification preproc_if preproc_ifdef preproc_else preproc_elif template_declaration"
        ),
        functions=_kinds("function_definition"),
        definitions=_kinds(
            "declaration field_declaration type_definition alias_declaration enum_specifier union_specifier static_assert_declaration access_specifier"
        ),
        imports=_kinds("preproc_include using_declaration"),
        loading=re.compile(r"#\s*include\s*\".*|using\s+namespace.*", re.DOTALL),
        calls=_kinds("call_expression"),
        test_name=re.compile(r"(?:TYPED_)?(?:TEST|BENCHMARK|FUZZ|SCENARIO|BOOST_\w*TEST|DOCTEST)\w*|\w*[Tt]est\w*"),
        test_call=re.compile(r"(?:\w+_)?(?:TEST|BENCHMARK|SCENARIO|BOOST_\w*TEST)\w*"),
        hook=re.compile(r"SetUp\w*|TearDown\w*|main|CHECK\w*|REQUIRE\w*|EXPECT_\w+|ASSERT_\w+|assert|ADD_FAILURE|FAIL"),
    ),
    Language(
        name="Ruby",
        grammar="tree_sitter_ruby",
        endings=(".rb", ".rake"),
        suites=_kinds("class module singleton_class"),
        functions=_kinds("method singleton_method"),
        definitions=_kinds("assignment"),
        imports=frozenset(),
        import_text=re.compile(r"(?:require|require_relative)\s*\(?\s*['\"][^'\"#]+['\"]\s*\)?"),
        loading=re.compile(r".*", re.DOTALL),
        calls=_kinds("call"),
        test_name=re.compile(r"test_\w*[?!]?"),
        test_call=_SPEC_CALL,
        suite_call=_SPEC_SUITE,
        hook=re.compile(
            r"setup|teardown|(?:before|after|around)(?:_\w+)?|(?:prepend_|append_)\w+|let!?|subject!?|run|make_my_diffs_pretty!|included|inherited|method_missing"
        ),
        later_wins=True,
        reopens=True,
    ),
    Language(
        name="PHP",
        grammar="tree_sitter_php",
        entry="language_php",
        endings=(".php", ".phpt"),
        suites=_kinds(
            "class_declaration trait_declaration interface_declaration enum_declaration namespace_definition"
        ),
        functions=_kinds("method_declaration function_definition"),
        definitions=_kinds("property_declaration const_declaration php_tag"),
        imports=_kinds("namespace_use_declaration"),
        marks=_kinds("attribute_list"),
        calls=_kinds(
            "function_call_expression member_call_expression scoped_call_expression nullsafe_member_call_expression object_creation_expression"
        ),
        test_name=re.compile(r"test\w*"),
        test_mark=re.compile(r"#\[.*\bTest\b.*|/\*\*.*@test\b.*", re.DOTALL),
        test_call=_SPEC_CALL,
        suite_call=_SPEC_SUITE,
        hook=re.compile(
            r"setUp\w*|tearDown\w*|(?:before|after)(?:Each|All)|uses|run(?:Test|Bare)?|__\w+|assertPostConditions|assertPreConditions|onNotSuccessfulTest"
        ),
        telling=re.compile(
            r"/\*\*.*@(?:test|dataProvider|depends|group|requires|before|after|runIn|runTests|preserve|expectedException|do[e]sNot|backup)",
            re.DOTALL,
        ),
    ),
    Language(
        name="C#",
        grammar="tree_sitter_c_sharp",
        endings=(".cs",),
        suites=_kinds(
            "class_declaration struct_declaration record_declaration interface_declaration namespace_declaration file_scoped_namespace_declaration preproc_if preproc_else preproc_elif"
        ),
        functions=_kinds(
            "method_declaration constructor_declaration destructor_declaration local_function_statement operator_declaration"
        ),
        definitions=_kinds(
            "field_declaration property_declaration enum_declaration delegate_declaration event_field_declaration"
        ),
        imports=_kinds("using_directive"),
        marks=_kinds("attribute_list"),
        calls=_kinds("invocation_expression object_creation_expression"),
        loading=_GLOBAL_USING,
        outreach=re.compile(
            r"\(\s*this\s.*|\[.*\b(?:ModuleInitializer|AssemblyInitialize|AssemblyFixture|SetUpFixture)\b.*|"
            + _GLOBAL_USING.pattern,
            re.DOTALL,
        ),
        test_mark=re.compile(
            r"\[.*\b(?:Fact|Theory|Test|TestCase|TestCaseSource|TestMethod|DataTestMethod|Property)(?:Attribute)?\b.*",
            re.DOTALL,
        ),
        hook=re.compile(
            r"Dispose\w*|InitializeAsync|SetUp\w*|TearDown\w*|\[.*\b(?:SetUp|TearDown|OneTimeSetUp|OneTimeTearDown|TestInitialize|TestCleanup|ModuleInitializer|AssemblyInitialize|ClassInitialize)\b.*",
            re.DOTALL,
        ),
    ),
)
_BY_ENDING: Mapping[str, Language] = {ending: language for language in LANGUAGES for ending in language.endings}


def language_of(path: str) -> Language | None:
    """Answer how tests look in a file of this name, if there is a grammar for it."""
    return _BY_ENDING.get(PurePosixPath(path.casefold()).suffix)
