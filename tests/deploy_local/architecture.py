"""The processor that a template declares for its functions, and the one that their programs are for."""

import platform

from samcli.yamlhelper import yaml_parse

from deploy_local.steps import Failure

# Lambda's names, by the names that machines have for themselves, and by ELF's numbers of machines.
NAMES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
ELF_MACHINES = {62: "x86_64", 183: "arm64"}


def machine():
    """Lambda's name for this machine's processor: the functions run here."""
    name = platform.machine()
    if name not in NAMES:
        raise Failure(f"Lambda has no processor like this machine's, {name}.")
    return NAMES[name]


def write_template(source, path):
    """Writes a copy of the template that declares this machine's processor, on the line that an operator changes."""
    before, line, after = source.read_text().partition("    Architectures: [arm64]\n")
    if not line or "Architectures:" in before + after:
        raise Failure(f"{source} names the architecture on another line than `Architectures: [arm64]`, or not once.")
    path.write_text(f"{before}    Architectures: [{machine()}]\n{after}")


def check(build):
    """Each function of a built template is declared for the processor that its program is for."""
    template = yaml_parse((build / "template.yaml").read_text())
    shared = template["Globals"]["Function"].get("Architectures")
    wrong = []
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            declared = resource["Properties"].get("Architectures", shared)
            found = architecture(build / name / "bootstrap")
            if declared != [found]:
                wrong.append(f"{name} is declared as {declared}, and its program is for {found}")
    if wrong:
        raise Failure(f"What `sam build` left in {build} can't run:\n  " + "\n  ".join(wrong))


def architecture(program):
    """Lambda's name for the processor that an ELF program is for, or what stands there instead."""
    with open(program, "rb") as file:
        head = file.read(20)
    number = int.from_bytes(head[18:20], "little") if head.startswith(b"\x7fELF") else None
    return ELF_MACHINES.get(number, f"ELF machine {number}")
