"""The demo's results for eyes: a table in the terminal and the reference account's equity curve as a PNG."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from treum_project.demo.followers import STARTING_CASH


def show(report: dict[str, Any], *, console: Console) -> None:
    """Print a report as tables."""
    console.print(_account_table(report))
    console.print(_decision_table(report))
    console.print(_flow_table(report))
    console.print(
        "Past prices, paper money, hypothetical results: these textbook strategies lose money after fees.",
        style="dim",
    )


def draw_equity(curve: Sequence[tuple[date, Decimal]], *, path: Path, title: str) -> None:
    """Write the daily equity curve as a PNG."""
    figure = Figure(figsize=(10, 4.5), dpi=120)
    axes = figure.subplots()
    days = np.array([day for day, _ in curve], dtype="datetime64[D]")
    axes.plot(days, [float(equity) for _, equity in curve], linewidth=1.4, color="#1f6feb")
    axes.axhline(float(STARTING_CASH), linewidth=0.8, linestyle="--", color="#888888")
    axes.set_title(title, loc="left")
    axes.set_ylabel("equity")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.autofmt_xdate()
    figure.tight_layout()
    figure.savefig(path)


def _account_table(report: dict[str, Any]) -> Table:
    source, account = report["input"], report["reference_account"]
    table = Table(title=f"{source['symbol']} {source['timeframe']} · {source['strategy']} · {source['bars']} bars")
    table.add_column("reference account", style="bold")
    table.add_column("", justify="right")
    for name in ("starting_equity", "final_equity", "fills", "round_trips", "max_drawdown", "sharpe_daily"):
        table.add_row(name.replace("_", " "), str(account[name]))
    table.add_row("signals", str(len(report["signals"])))
    return table


def _decision_table(report: dict[str, Any]) -> Table:
    table = Table(title=f"decisions of {report['followers']} followers")
    table.add_column("code", style="bold")
    table.add_column("decisions", justify="right")
    for code, count in sorted(report["decisions"].items(), key=lambda item: -item[1]):
        table.add_row(code, f"{count:,}")
    return table


def _flow_table(report: dict[str, Any]) -> Table:
    table = Table(title=f"money and messages, in {report['seconds']} s")
    table.add_column("what", style="bold")
    table.add_column("", justify="right")
    for name in ("orders", "fills", "unfilled", "notifications"):
        table.add_row(name, f"{report[name]:,}")
    for group in ("ledger", "messages"):
        for name, count in report[group].items():
            table.add_row(f"{group}: {name.replace('_', ' ')}", f"{count:,}")
    for name, spread in report["latency_ms"].items():
        text = " / ".join(f"{spread[quantile]}" for quantile in ("p50", "p95", "p99"))
        table.add_row(f"{name.replace('_', ' ')}, ms p50 / p95 / p99", text)
    return table
