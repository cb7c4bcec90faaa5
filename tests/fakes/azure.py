"""Azure OpenAI's v1 API as of 2026-11-20: OpenAI's pictures and films under deployment names. Rules where they differ.

Facts from MicrosoftDocs/azure-ai-docs (articles/foundry/openai) [az], litellm==1.109.1 [llm], bodies quoted in public
issues [gh]; other marks as in `openai_rules.py`. The legacy paths (/openai/deployments/...) are not made here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.responses import JSONResponse, Response

from tests.fakes.base import Fault, Refusal
from tests.fakes.openai import FILTERED, FILTERED_200, OpenAI
from tests.fakes.openai_film_rules import FILM_MODELS
from tests.fakes.openai_models import MODELS, Model
from tests.fakes.openai_rules import No

__all__ = ["AZURE_MODELS", "FILTERED_200", "FILTERED_400", "Azure"]
# The documented body in both ways it may come: Microsoft does not tell its status.
FILTERED_400 = Fault.status(400, FILTERED)

_SHUTDOWN = {
    "gpt-image-1": date(2026, 10, 23),
    "gpt-image-1.5": date(2026, 12, 16),
    "gpt-image-1-mini": date(2027, 4, 7),
    "gpt-image-2": date(2027, 4, 21),  # [az] in July; [llm] has 2027-10-21
    "gpt-image-2.5-flare": date(2027, 9, 9),  # [llm]
    "gpt-image-2.5-sunburst": date(2027, 9, 9),  # [llm]
}  # [az]; nothing shows 2.6 or chatgpt-image-latest on Azure, and snapshots are versions there, not names
AZURE_MODELS = {
    name: replace(
        MODELS[name],
        shutdown=day,
        formats=("png", "jpeg"),  # [az] of April; webp on 2.5 is [U]
        inputs=("png", "jpeg"),  # [az]
        auto_quality="medium" if name == "gpt-image-1-mini" else "high",  # [az]
        fidelities=frozenset() if name == "gpt-image-1-mini" else MODELS[name].fidelities,  # [az]
    )
    for name, day in _SHUTDOWN.items()
}
_NOBODY = (
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
    "please wait a moment and try again."
)


class Azure(OpenAI):
    """`base_url` is the resource's root. `deployments` says which model a name stands for; no other name is served."""

    vendor = "azure"
    env = "AZURE_OPENAI_ENDPOINT"
    host = "azure.fake"
    prefix = ""
    root = "/openai/v1"  # [az]
    models = AZURE_MODELS
    json_edits = False  # [az] multipart only
    blocked = (
        "Your request was rejected by the safety system. If you believe this is an error, contact us through an Azure "
        "support ticket with request ID 3f0c0c1e-0000-4000-8000-000000000000. safety_violations=[sexual]."
    )  # [gh] that it speaks of Azure's support, the words [U]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.deployments = {f"my-{name}": name for name in (*AZURE_MODELS, "sora-2")}

    def settings(self) -> dict[str, str]:
        mapped = ",".join(f"{name}={model}" for name, model in self.deployments.items())
        return super().settings() | {"AZURE_OPENAI_DEPLOYMENTS": mapped}

    def check_key(self, headers: Mapping[str, str]) -> None:
        """`api-key`, or a bearer: a token of Entra, or the same key [az]."""
        key = headers.get("api-key")
        if key is None:
            super().check_key(headers)
        elif not key or key != key.strip() or self.key not in (None, key):
            raise Refusal(self.error(401))

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        """The gateway before the model answers in fewer words [U]; the model as at OpenAI."""
        if status == 401:
            words = "Access denied due to invalid subscription key or wrong API endpoint."
            return JSONResponse({"error": {"code": "401", "message": words}}, status)
        if status == 404:
            return JSONResponse({"error": {"code": code or "404", "message": message or "Resource not found"}}, status)
        return super().error(status, message, code=code, param=param)

    def model(self, name: str) -> Model:
        model = AZURE_MODELS.get(self.deployments.get(name, ""))
        if model is None or model.gone(self.today):  # [llm]; that it is also what a retired one says: [U]
            raise Refusal(self.error(404, _NOBODY, code="DeploymentNotFound"))
        return model

    def film_sizes(self, model: str) -> frozenset[str]:
        if self.deployments.get(model) != "sora-2":
            raise No(_NOBODY, None, code="DeploymentNotFound", status=404)
        return FILM_MODELS["sora-2"]  # [az]
