"""Proves a collective correction with the standard library only: every part anew, then their sum."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path


def main(folder: Path) -> int:
    """Run the script of each part and add the parts up; print what differs and a last line."""
    whole = json.loads((folder / "collective.json").read_text(encoding="utf-8"))
    wrong = []
    sums = {key: Decimal(0) for key in ("net_amount", "vat_amount", "gross_amount")}
    for place, number in enumerate(whole["parts"], start=1):
        part = folder / f"{place:02d}"
        if subprocess.run([sys.executable, str(part / "recompute.py")], check=False).returncode:
            wrong.append(f"{number} differs")
        head = json.loads((part / "document.json").read_text(encoding="utf-8"))["head"]
        if head["number"] != number:
            wrong.append(f"{number} is {head['number']} in its folder")
        for key in sums:
            sums[key] += Decimal(head[key])
    wrong += [
        f"{key}: {sums[key]} instead of {whole[key]}" for key in sums if sums[key] != Decimal(whole[key])
    ]
    for sentence in wrong:
        print(sentence)  # noqa: T201 - the only output of this script
    verdict = "DIFFERS" if wrong else "proved"
    print(f"{whole['number']}: {len(whole['parts'])} parts, {whole['gross_amount']} PLN gross: {verdict}")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
