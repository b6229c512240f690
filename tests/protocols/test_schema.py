"""The JSON Schema for editors: fresh, and it accepts and refuses as it should."""

from pathlib import Path

import jsonschema
import pytest

import longwatch.protocols.schema as module
from longwatch.protocols.folders import yaml_files
from longwatch.protocols.load import packs, shipped_path
from longwatch.protocols.schema import FILE, schema, schema_json
from longwatch.protocols.yaml import read_yaml

SOUND = Path(__file__).parent / "museum" / "sound"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_committed_schema_is_fresh():
    committed = Path(module.__file__).with_name(FILE).read_text("utf-8")
    assert committed == schema_json(), "write schema_json() to pack.schema.json"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("pack_id", [*packs(), "sound"])
def test_every_file_of_every_pack_fits_the_schema(pack_id):
    folder = SOUND if pack_id == "sound" else shipped_path(pack_id)
    files = list(yaml_files(folder))
    assert files
    for path in files:
        errors = list(VALIDATOR.iter_errors(read_yaml(path).plain()))
        assert not errors, f"{path}: {errors[0].json_path} {errors[0].message}"


@pytest.mark.parametrize(
    "content",
    [
        {"ruls": []},
        {"recurring": [{"id": "cbc", "garce": 7}]},
        {"recurring": [{"id": "cbc", "grace": "7 days"}]},
        {"recurring": [{"grace": 7}]},
        {"rules": [{"id": "PLT-1", "tier": "urgent"}]},
        {"rules": [{"id": "PLT-1", "when": {"test": "platelets", "belo": 3}}]},
        {"remove": "PLT-1"},
        [],
    ],
)
def test_the_schema_refuses_what_loading_refuses(content):
    assert not VALIDATOR.is_valid(content)
