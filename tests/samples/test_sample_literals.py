"""Literals in samples: each language's own compiler or interpreter reads back the text that went in."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import done, needed

from shotprint.console.explorer import literals

TRAPS = [
    "", "'", '"', "''''", '"""', "\\", "\\\\'", "\\u0041", "\\\\u0022", "\\u{41}", "\\n", "a\nb", "\n", "\r\n", "\t",
    "$HOME", "${HOME}", "$(id)", "{$x}", "`id`", "`", '`"', "%s %d %%", "%27", "#{x}", "<?php ?>", "?>", "*/", "//",
    "é", "中文", "\N{SNOWMAN}", "\U0001f3ac", "\U0010ffff", "\0", "\0" + "1", "\x07\x08\x1b\x7f\x80\x85\xa0",
    "\u2028\u2029", "\ufeff", "\u202ertl", "\ue000", "\uffff", "a\x00b", "\x1a", "!x", "~", "{{ x }}", "{% x %}",
    '{"Bucket":"b","Object":"it\'s `$5`"}', " lead and trail ", "\"\\'", '"\\', '"\\\\', "'\"'", "\\'", '\\"',
]  # fmt: skip
ANY = st.text(st.characters(exclude_categories=["Cs"]))
MANY = 300


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """The traps, and texts that a search for traps would try."""
    drawn: list[str] = []

    @given(st.text(st.sampled_from("\\'\"`$%{}u0nx\n\r\0é\U0001f3ac a\u2028"), max_size=12))
    def draw(text: str) -> None:
        drawn.append(text)

    draw()
    return list(dict.fromkeys([*TRAPS, *drawn]))[:MANY]


@given(ANY)
def test_python_reads_its_literals_back(text: str) -> None:
    assert ast.literal_eval(literals.python(text)) == text


@given(ANY)
def test_literals_are_one_line_and_show_all_that_they_hold(text: str) -> None:
    written = [
        write(text)
        for write in (
            literals.python,
            literals.typescript,
            literals.go,
            literals.csharp,
            literals.php,
            literals.java,
        )
    ]
    assert all(literal.isprintable() for literal in written)
    assert literals.java(text).isascii()


def test_python_reads_every_trap_back() -> None:
    assert [ast.literal_eval(literals.python(text)) for text in TRAPS] == TRAPS


@pytest.mark.slow
def test_typescript_reads_its_literals_back(texts: list[str], tmp_path: Path) -> None:
    needed("node")
    program = f"console.log(JSON.stringify([{','.join(map(literals.typescript, texts))}]))"
    (tmp_path / "all.js").write_text(program, encoding="utf-8", newline="")
    assert json.loads(done(["node", "all.js"], cwd=tmp_path)) == texts


@pytest.mark.slow
def test_a_shell_reads_its_literals_back(texts: list[str], tmp_path: Path) -> None:
    texts = [text for text in texts if "\0" not in text]  # which no program's arguments can hold
    program = "".join(f"printf '%s\\0' {literals.shell(text)}\n" for text in texts)
    (tmp_path / "all.sh").write_text(program, encoding="utf-8", newline="")
    assert done(["sh", "all.sh"], cwd=tmp_path).split("\0")[:-1] == texts


@pytest.mark.slow
def test_php_reads_its_literals_back(texts: list[str], tmp_path: Path) -> None:
    needed("php")
    lines = "".join(f"echo bin2hex({literals.php(text)}), PHP_EOL;\n" for text in texts)
    (tmp_path / "all.php").write_text(f"<?php\n{lines}", encoding="utf-8", newline="")
    assert _from_hex(done(["php", "all.php"], cwd=tmp_path)) == texts


@pytest.mark.slow
def test_go_reads_its_literals_back(texts: list[str], tmp_path: Path) -> None:
    needed("go")
    lines = "".join(f'\tfmt.Printf("%x\\n", {literals.go(text)})\n' for text in texts)
    program = f'package main\n\nimport "fmt"\n\nfunc main() {{\n{lines}}}\n'
    (tmp_path / "all.go").write_text(program, encoding="utf-8", newline="")
    assert _from_hex(done(["go", "run", "all.go"], cwd=tmp_path)) == texts


@pytest.mark.slow
def test_java_reads_its_literals_back(texts: list[str], tmp_path: Path) -> None:
    needed("java", "javac")
    lines = "".join(f"        show({literals.java(text)});\n" for text in texts)
    program = f"""public class All {{
    static void show(String text) {{
        StringBuilder line = new StringBuilder();
        for (byte one : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {{
            line.append(String.format("%02x", one));
        }}
        System.out.println(line);
    }}

    public static void main(String[] arguments) {{
{lines}    }}
}}
"""
    (tmp_path / "All.java").write_text(program, encoding="utf-8", newline="")
    assert _from_hex(done(["java", "All.java"], cwd=tmp_path)) == texts


@pytest.mark.slow
def test_csharp_reads_its_literals_back(texts: list[str], tmp_path: Path) -> None:
    needed("mcs", "mono")
    lines = "".join(f"        Show({literals.csharp(text)});\n" for text in texts)
    program = f"""public static class All
{{
    static void Show(string text)
    {{
        System.Console.WriteLine(System.BitConverter.ToString(System.Text.Encoding.UTF8.GetBytes(text)));
    }}

    public static void Main()
    {{
{lines}    }}
}}
"""
    (tmp_path / "all.cs").write_text(program, encoding="utf-8", newline="")
    done(["mcs", "all.cs"], cwd=tmp_path)
    assert _from_hex(done(["mono", "all.exe"], cwd=tmp_path).replace("-", "")) == texts


def _from_hex(lines: str) -> list[str]:
    return [bytes.fromhex(line).decode() for line in lines.splitlines()]
