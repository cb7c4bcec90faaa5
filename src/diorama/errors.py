"""Every failure Diorama can hand to a caller, as one tree.

    DioramaError
    ├── ValidationError        the request itself; nothing was spent
    ├── ConfigurationError     a model or key this installation does not have
    ├── UnsupportedError       the model is known, this mode of it is not (also a NotImplementedError)
    ├── ProviderError          the vendor refused, failed, or left us without an answer
    ├── ServiceError           our own storage, database or queue
    ├── AuthError  ForbiddenError  NotFoundError  ConflictError  BudgetError
    └── StillRunning           we stopped waiting; the job goes on

Each error knows its `code`, and its HTTP status in both dialects: `status` on `/v1`, `seed_status` on the seeds'
routes. A message names the value, `hint` names the way out. Neither ever holds a key, a header or a library's text.
"""

from typing import Any, ClassVar, Final


class DioramaError(Exception):
    """The root. `code` is a stable word for programs; `message` and `hint` are for people."""

    code: str = "error"
    statuses: ClassVar[dict[str, int]] = {}
    status: int = 500
    seed_status: int = 500
    retry_after_s: float | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        param: str | None = None,
        job_id: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.hint = hint
        self.param = param
        self.job_id = job_id
        self.details = details or {}
        self.status = type(self).statuses.get(self.code, type(self).status)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def as_dict(self) -> dict[str, Any]:
        """The body of the `/v1` dialect's `error`, and what a job keeps of its failure."""
        return {
            "message": self.message,
            "type": type(self).__name__,
            "code": self.code,
            "param": self.param,
            "hint": self.hint,
            "job_id": self.job_id,
            **self.details,
        }


class ValidationError(DioramaError):
    """The request cannot be served as written. Raised before any money is spent.

    Codes: `invalid_value unknown_option unreadable_input moderated model_retired`.
    """

    code = "invalid_value"
    statuses: ClassVar[dict[str, int]] = {"model_retired": 404}
    status = 400
    seed_status = 400

    def __init__(self, message: str, *, field: str | None = None, **rest: Any) -> None:
        super().__init__(message, param=field, **rest)

    @property
    def field(self) -> str | None:
        return self.param


class ConfigurationError(DioramaError):
    """This installation has no such model, or no key for its vendor. Codes: `unknown_model missing_key bad_setting`."""

    code = "bad_setting"
    statuses: ClassVar[dict[str, int]] = {"unknown_model": 404}
    status = 400
    seed_status = 400

    def __init__(self, message: str, *, key: str | None = None, **rest: Any) -> None:
        super().__init__(message, param=key, **rest)

    @property
    def key(self) -> str | None:
        return self.param


class UnsupportedError(DioramaError, NotImplementedError):
    """The model is known, but not for this: a video asked of an image model, an edit it cannot do."""

    code = "unsupported_mode"
    status = 400
    seed_status = 501


class ProviderError(DioramaError):
    """The vendor's doing. Codes: `vendor_failed vendor_busy uncertain result_lost moderated`.

    `uncertain` means that the request left us and no verdict came back: it may have been billed, so it is not sent
    again by itself.
    """

    code = "vendor_failed"
    statuses: ClassVar[dict[str, int]] = {"vendor_busy": 503}
    status = 502
    seed_status = 502

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        vendor_status: int | None = None,
        vendor_code: str | None = None,
        retry_after_s: float | None = None,
        **rest: Any,
    ) -> None:
        details = {"provider": provider, "vendor_status": vendor_status, "vendor_code": vendor_code}
        super().__init__(message, details=details | (rest.pop("details", None) or {}), **rest)
        self.provider = provider
        self.vendor_status = vendor_status
        self.vendor_code = vendor_code
        self.retry_after_s = retry_after_s


class ServiceError(DioramaError):
    """Our own house: storage, database, queue. Codes: `storage_failed queue_full closed`."""

    code = "storage_failed"
    statuses: ClassVar[dict[str, int]] = {"queue_full": 429}
    status = 503
    seed_status = 502

    def __init__(self, message: str, *, retry_after_s: float | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.retry_after_s = retry_after_s
        if self.code == "queue_full":
            self.seed_status = 429


class AuthError(DioramaError):
    code = "unauthenticated"
    status = 401
    seed_status = 401


class ForbiddenError(DioramaError):
    code = "forbidden"
    status = 403
    seed_status = 403


class NotFoundError(DioramaError):
    code = "not_found"
    status = 404
    seed_status = 404


class ConflictError(DioramaError):
    code = "conflict"
    status = 409
    seed_status = 409


class BudgetError(DioramaError):
    code = "budget_exceeded"
    status = 402
    seed_status = 402


class StillRunning(DioramaError):  # noqa: N818 - it is not over
    """We waited as long as was allowed. The job goes on; `job_id` leads to it."""

    code = "still_running"
    status = 504
    seed_status = 504


CLASSES: Final[dict[str, type[DioramaError]]] = {
    cls.__name__: cls
    for cls in (
        ValidationError,
        ConfigurationError,
        UnsupportedError,
        ProviderError,
        ServiceError,
        AuthError,
        ForbiddenError,
        NotFoundError,
        ConflictError,
        BudgetError,
        StillRunning,
    )
}


def from_dict(body: dict[str, Any]) -> DioramaError:
    """The error that `as_dict` was made from: what a job kept, or what a server answered."""
    known = {"message", "type", "code", "param", "hint", "job_id"}
    cls = CLASSES.get(str(body.get("type")), DioramaError)
    extra: dict[str, Any] = {"provider": str(body.get("provider"))} if cls is ProviderError else {}
    error = cls(str(body.get("message")), code=body.get("code"), hint=body.get("hint"), **extra)
    error.param, error.job_id = body.get("param"), body.get("job_id")
    error.details |= {name: value for name, value in body.items() if name not in known}
    return error
