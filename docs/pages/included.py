"""Files that a written page shows: each stands in a block below its path, and is the file itself."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LANGUAGES = {".py": "python", ".toml": "toml"}
BLOCK = re.compile(r"^<!-- file: (\S+) -->\n(?:```.*?^```\n)?", re.MULTILINE | re.DOTALL)


def renewed(text: str, root: Path = ROOT) -> str:
    """The page with every such block as its file is now."""
    return BLOCK.sub(lambda found: f"<!-- file: {found[1]} -->\n{_block(root / found[1])}", text)


def _block(file: Path) -> str:
    return f"```{LANGUAGES[file.suffix]}\n{file.read_text(encoding='utf-8')}```\n"
