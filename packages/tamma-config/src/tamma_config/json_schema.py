"""The JSON Schema of the configuration file, for editors and other tools."""

import json

from tamma_config.schema import TammaConfig


def json_schema() -> str:
    """Write the schema as it is published."""
    schema = TammaConfig.model_json_schema(by_alias=True)
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of Tamma"}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Print the schema: `python -m tamma_config.json_schema > docs/config.schema.json`."""
    import sys

    sys.stdout.write(json_schema())


if __name__ == "__main__":
    main()
