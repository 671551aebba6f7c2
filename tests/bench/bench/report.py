"""Results -> Markdown. Every table says its batch and unit; ratios are to the best variant of a peer; what was disturbed or failed is said."""

BEST_NOTE = "Ratio: time of the peer's best variant over ours, same net, same batch, same run; above 1 we are faster."


def shares(profile):
    """Where a step's time goes, by kind of op, the largest first."""
    kinds = {}
    for op in profile:
        kinds[op["op"]] = kinds.get(op["op"], 0) + op["share"]
    return ", ".join(f"{kind} {100 * share:.1f} %" for kind, share in sorted(kinds.items(), key=lambda item: -item[1]) if share >= 0.0005)


def markdown(results):
    settings, machine = results["settings"], results["machine"]
    lines = [f"# CPU benchmark, {results['date'][:10]}", ""]
    if settings["quick"]:
        lines += ["**A quick run: few rounds, torch.compile left out. Not for publication.**", ""]
    lines += [f"{machine['model']}{' (virtual machine)' if machine['hypervisor'] else ''}, {machine['cores']} cores, {', '.join(machine['flags'])}, "
              f"{machine['memory_gib']} GiB. **{settings['threads']} threads, float32.** "
              + ", ".join(f"{name} {version}" for name, version in results["versions"].items()) + ".", ""]
    for net in dict.fromkeys(case["net"] for case in results["forward"]):
        cases = [case for case in results["forward"] if case["net"] == net]
        lines += forward_table(net, cases) + ratio_table(cases) + own_table(net, results["own"])
    for run in results["whole"]:
        lines += whole_table(run)
    for case in results["training"]:
        lines += training_table(case)
    lines += ["## How", ""] + notes(results)
    return "\n".join(lines) + "\n"


def forward_table(net, cases):
    """One row an engine, one column a batch."""
    names = list(dict.fromkeys(engine["name"] for case in cases for engine in case["engines"] + case["failed"]))
    rows = []
    for name in names:
        cells, errors = [], []
        for case in cases:
            engine = find(case, name)
            if engine is None:
                cells.append("failed" if any(failure["name"] == name for failure in case["failed"]) else "")
                continue
            best = min(other["milliseconds"] for other in case["engines"])
            text = number(engine["milliseconds"] / case["rows"])
            cells.append(f"**{text}**" if engine["milliseconds"] == best else text)
            cells[-1] += "" if engine["undisturbed"] else " *"
            errors.append(engine["error"])
        rows.append([name] + cells + [f"{max(errors):.0e}" if errors else ""])
    heading = [f"## {net}: forward pass, milliseconds per image", ""]
    return heading + table(["engine"] + [f"batch {case['rows']}" for case in cases] + ["error"], rows) + [""]


def ratio_table(cases):
    peers = list(dict.fromkeys(engine["peer"] for case in cases for engine in case["engines"] if engine["peer"] != "Langevin"))
    rows = [[peer] + [ratio_cell(case, peer) for case in cases] for peer in peers]
    if not any(cell for row in rows for cell in row[1:]):
        return []
    return [BEST_NOTE, ""] + table(["Langevin against"] + [f"batch {case['rows']}" for case in cases], rows) + [""]


def ratio_cell(case, peer):
    found = ratio(case, peer)
    return f"{found['ratio']:.2f}x" + (f" ({found['variant']})" if found["variant"] else "") if found else ""


def ratio(case, peer):
    """{"peer", "variant", "ratio"} against the variant with the lowest median, None where either side is missing."""
    ours, theirs = find(case, "Langevin"), [engine for engine in case["engines"] if engine["peer"] == peer]
    if ours is None or not theirs:
        return None
    best = min(theirs, key=lambda engine: engine["milliseconds"])
    return {"peer": peer, "variant": best["variant"], "ratio": best["milliseconds"] / ours["milliseconds"]}


def own_table(net, own):
    """Java's share of a step, and where the time goes."""
    lines = []
    for entry in (entry for entry in own if entry["net"] == net):
        step, java = entry["milliseconds_per_step"], entry["milliseconds_java"]
        lines += [f"Langevin alone, batch {entry['rows']}: {number(step)} ms a step, of which Java's own share {java:.4f} ms "
                  f"({100 * java / step:.2f} %). "
                  + shares(entry["profile"]) + ".", ""]
    return lines


def whole_table(run):
    rows, ours = [], find(run, "Langevin")
    for engine in run["engines"]:
        start = "in it" if engine is ours else f"{engine['start_milliseconds'] / 1e3:.1f}"
        versus = f"{engine['milliseconds'] / ours['milliseconds']:.2f}x" if ours and engine is not ours else ""
        difference = "" if engine["difference"] is None else f"{engine['difference']:.0e}"
        rows.append([engine["name"], f"{engine['milliseconds'] / 1e3:.2f}", start, versus, difference])
    if not rows:
        return []
    return [f"## {run['net']}: {run['rows']} images in {run['steps']} DDIM steps, seconds", "",
            "Ours is the whole command (JVM, load, draw, write); diffusers is given its drawing alone, in a warm process, and its start beside it.",
            ""] + table(["engine", "pictures", "start", "over ours", "largest pixel difference"], rows) + [""]


def training_table(case):
    ours, best = find(case, "Langevin"), min((engine["milliseconds"] for engine in case["engines"]), default=None)
    rows = []
    for engine in case["engines"]:
        speed = f"{1e3 * case['rows'] / engine['milliseconds']:.1f}"
        rows.append([engine["name"], number(engine["milliseconds"]) + ("" if engine["undisturbed"] else " *"),
                     f"**{speed}**" if engine["milliseconds"] == best else speed,
                     f"{engine['milliseconds'] / ours['milliseconds']:.2f}x" if ours and engine is not ours else "",
                     "" if engine["error"] is None else f"{engine['error']:.0e}"])
    rows += [[failure["name"], "failed", "", "", ""] for failure in case["failed"]]
    lines = [f"## {case['net']}: training step, batch {case['rows']}", "",
             "Noising, forward, loss, backward, clipping by the global norm, AdamW, an average of the weights.", ""]
    lines += table(["engine", "milliseconds", "images a second", "over ours", "error"], rows) + [""]
    if ours and ours["details"] and ours["details"].get("profile"):
        lines += [f"Where Langevin's step goes: {shares(ours['details']['profile'])}.", ""]
    return lines


def notes(results):
    settings, lines, turns = results["settings"], [], results["forward"] + results["training"]
    speeds = [speed for case in turns for speed in case["machine_gigaflops"]]
    lines.append(f"- One process an engine, all loaded, taking turns; {settings['rounds']} undisturbed rounds, medians. Outputs first compared with "
                 "PyTorch in float64: *error* is the largest difference over the largest magnitude.")
    if results["training"]:
        lines.append("- Training: each variant's first step is compared by its loss and gradient norm; Langevin's steps are compared by the golden training "
                     "cases (`tests/parity/run`). PyTorch has fused AdamW and clips and averages by `_foreach`.")
    if speeds:
        lines.append(f"- The machine itself, by a float32 matrix product in every round: {min(speeds):.0f} to {max(speeds):.0f} GFLOP/s.")
    disturbed = [f"{engine['name']} ({case['net']}, batch {case['rows']})" for case in turns for engine in case["engines"]
                 if not engine["undisturbed"]]
    if disturbed:
        lines.append("- \\* others used the processor in too many rounds; all rounds are counted: " + "; ".join(disturbed) + ".")
    idle = sorted({worker["name"] for case in turns for worker in case["idle"] if worker["cores"] > 0.05})
    if idle:
        lines.append("- **These used CPU while they waited for their turn, so the others were slowed down: " + ", ".join(idle) + ".**")
    for case in turns + results["whole"]:
        lines += [f"- failed: {failure['name']} ({case['net']}, batch {case['rows']}): {failure['reason']}" for failure in case["failed"]]
    lines += [f"- failed: {failure}" for failure in results["failed"]]
    if results["environment"]:
        lines.append("- Environment: " + " ".join(f"`{name}={value}`" for name, value in results["environment"].items()))
    return lines + [f"- Made by `{settings['command']}` at {results['date']}."]


def find(case, name):
    return next((engine for engine in case["engines"] if engine["name"] == name), None)


def number(milliseconds):
    return f"{milliseconds:.1f}" if milliseconds >= 10 else f"{milliseconds:.2f}" if milliseconds >= 1 else f"{milliseconds:.3f}"


def table(head, rows):
    return ["| " + " | ".join(row) + " |" for row in [head, ["---"] + ["---:"] * (len(head) - 1)] + rows]
