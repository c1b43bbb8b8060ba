#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The JSON Schema of policies, held against the parser and against the golden cases. Prints TAP.

Whatever `check` accepts must be valid. What it refuses for an unknown or missing key or a value of
the wrong kind must not be. Both know the same keys; a table of keys in user/policy is the schema's
object whose title is the table's description. So does policies/README.md, where that title is the
heading of a table, and the keys of a policy are headings themselves."""
import glob
import json
import os
import re
import sys

import jsonschema
import yaml

# What the schema can see of a file: E030 wrong kind, E031 unknown key, E032 missing key.
SEEN = r"(?m)^%s:[^ ]* error\[E03[012]\]"

failures = 0


def verdict(sentence, findings):
    global failures
    print("not ok - " if findings else "ok - ", sentence, sep="")
    for finding in findings:
        print("#", finding)
    failures += bool(findings)


class Words(yaml.SafeLoader):
    """As the parser reads: every scalar is the text that was written, and only nothing is null."""

    yaml_implicit_resolvers = {}


class Core(Words):
    """As editors read: the core schema of YAML 1.2 (but the word `null` is one, as above)."""

    yaml_implicit_resolvers = {}


for loader in Words, Core:
    loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
Core.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Core.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^([1-9][0-9]*|0)$"), list("0123456789"))
Core.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[0-9]+(\.[0-9]+)?([eE][0-9]+)?$"),
    list("0123456789"))


def with_text_keys(value):
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item) for item in value]
    return value


def complaint(validator, path, loader):
    """What the schema has against a file, or None."""
    try:
        with open(path, encoding="utf-8") as file:
            policy = with_text_keys(yaml.load(file, loader))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        return "not YAML: " + str(error).replace("\n", " ")
    error = jsonschema.exceptions.best_match(validator.iter_errors(policy))
    return error and "%s: %s" % (error.json_path, error.message)


def parser_tables():
    """{"a rule": {"to": False, "services": True, ...}, ...}: the keys, and whether they must be."""
    tables = {}
    for path in glob.glob("user/policy/*.c"):
        with open(path, encoding="utf-8") as file:
            source = file.read()
        for what, table in re.findall(r'KEYS\(\w+,\s*"([^"]*)",\s*(\w+)\)', source):
            rows = re.search(r"key %s\[\] = \{(.*?)\n\};" % table, source, re.S).group(1)
            keys = re.findall(r'\{\s*"([^"]+)",\s*(true|false),\s*\w+\s*\}', rows)
            tables[what] = {key: needed == "true" for key, needed in keys}
    return tables


def schema_tables(schema):
    return {part["title"]: {key: key in part.get("required", []) for key in part["properties"]}
            for part in schema["$defs"].values() if "properties" in part and "title" in part}


def compare_keys(schema):
    parser, known = parser_tables(), schema_tables(schema)
    # A policy is one file or several: what it needs is said beside the list of its keys.
    known["a policy"].update(version=True, links=parser["a policy"].get("links"))
    findings = ["the schema lacks %s" % what for what in parser if what not in known]
    findings += ["the parser lacks %s" % what for what in known if what not in parser]
    for what in parser.keys() & known.keys():
        for key in sorted(parser[what].keys() | known[what].keys()):
            if parser[what].get(key) != known[what].get(key):
                findings.append("%s, `%s`: parser %s, schema %s" % (
                    what, key, parser[what].get(key), known[what].get(key)))
    return findings


def reference_tables():
    """As parser_tables(), of policies/README.md."""
    tables = {"a policy": {}}
    with open("policies/README.md", encoding="utf-8") as file:
        for line in file:
            heading = re.match("(##+) (.*)", line)
            row = re.match(r"\| `([^`]+)` \|.*\| *([^|]*?) *\| [^|]* \|$", line)
            if heading and heading.group(1) == "##":
                tables["a policy"][heading.group(2).strip("`")] = None
            elif heading:
                table = tables.setdefault(heading.group(2), {})
            elif row:
                table[row.group(1)] = row.group(2) == "required"
    return tables


def compare_reference(schema):
    known, said = schema_tables(schema), reference_tables()
    known["a policy"] = {key: None for key in known["a policy"]}
    findings = ["nothing is said of %s" % what for what in known.keys() - said.keys()]
    findings += ["there is no %s" % what for what in said.keys() - known.keys()]
    for what in known.keys() & said.keys():
        for key in sorted(known[what].keys() | said[what].keys()):
            if known[what].get(key, "no key") != said[what].get(key, "no key"):
                findings.append("%s, `%s`: schema %s, page %s" % (
                    what, key, known[what].get(key, "no key"), said[what].get(key, "no key")))
    return findings


def is_seen(path, findings):
    with open(findings, encoding="utf-8") as file:
        return re.search(SEEN % re.escape(os.path.basename(path)), file.read())


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)) + "/..")
    with open("policies/schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    part = jsonschema.Draft202012Validator({**schema, "anyOf": [True]})
    good = glob.glob("policies/*.yaml") + ["policies/hospital/main.yaml"]
    parts = set(glob.glob("policies/hospital/**/*.yaml", recursive=True)) - set(good)
    bad = []
    for path in sorted(glob.glob("tests/golden/*.yaml")):
        base = path[:-len(".yaml")]
        if os.path.exists(base + ".ok"):
            good.append(path)
        elif is_seen(path, base + ".err"):
            bad.append(path)
    for loader, who in (Words, "the parser"), (Core, "an editor"):
        found = [(path, complaint(validator, path, loader)) for path in good]
        found += [(path, complaint(part, path, loader)) for path in sorted(parts)]
        verdict("policies are valid as %s reads them" % who,
                ["%s: %s" % pair for pair in found if pair[1]] or
                ([] if good else ["there are none"]))
        verdict("what has wrong keys or kinds is not, as %s reads it" % who,
                [path for path in bad if not complaint(validator, path, loader)] or
                ([] if bad else ["there are none"]))
    verdict("the parser and the schema know the same keys", compare_keys(schema))
    verdict("the schema and the reference of the language know the same keys",
            compare_reference(schema))
    return failures > 0


sys.exit(main())
