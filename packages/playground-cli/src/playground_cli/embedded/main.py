"""The embedded model alone, as a container runs it: ``python -m playground_cli.embedded.main``."""

import sys

from playground_cli.embedded.process import serve
from playground_cli.embedded.settings import ModelSettings
from playground_cli.embedded.weights import NoWeights, find_weights


def main() -> None:
    """Serve without a key until SIGTERM: who reaches it is for the network to say."""
    settings = ModelSettings()
    try:
        weights = find_weights(settings.data_dir / "models", settings.embedded_gguf)
    except NoWeights as error:
        sys.exit(f"the embedded model cannot run here: {error}")
    name = weights.model_id.partition(":")[2]
    serve(str(weights.gguf), name, host=settings.embedded_host, port=settings.embedded_port)


if __name__ == "__main__":
    main()
