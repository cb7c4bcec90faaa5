"""Azure OpenAI: OpenAI's pictures by Microsoft's v1 API, under the names of one's own deployments.

Wire facts from MicrosoftDocs/azure-ai-docs (articles/foundry/openai) and @ai-sdk/azure==4.0.85; what is asked and
answered is OpenAI's. Checked 2026-11-20.
"""

from dataclasses import replace
from typing import Any

from diorama.providers.base import Complaint, Keys
from diorama.providers.openai import OpenAI

V1 = "/openai/v1"
NO_DEPLOYMENT = (
    "Give the name of one of your deployments, azure:my-name, "
    "or say which model runs under which: AZURE_OPENAI_DEPLOYMENTS=my-name=model."
)


class Azure(OpenAI):
    vendor = "azure"

    @property
    def root(self) -> str:
        """Endpoints are copied with and without the path of the API."""
        return "" if self._wire is not None and self._wire.base_url.endswith(V1) else V1

    @classmethod
    def authorize(cls, keys: Keys) -> dict[str, str]:
        (key,) = keys.values()
        return {"api-key": key.get_secret_value()}

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        said = super().explain(status, body)
        return replace(said, hint=NO_DEPLOYMENT) if said.code == "DeploymentNotFound" else said
