"""What a job is made of is seen by others: a secret may stand only where it becomes a file."""

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import secret_keys
from cloudmesh_iac.engine.asks import CheckAsk, Checked, Problem, Refusal
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.dynamic.provider_key import PROVIDER_KEY

_WORDS = (
    "holds a secret, and a job stands in scripts, manifests and queues for others to see: give it"
    ' as secrets={"name": value}, and let the job read the file $CMX_SECRETS/name'
)
_SAID_AS = {"placement": "command"}  # what a person calls it


class OpenJobCalls(HandlerCalls):
    """The handler of submissions, which refuses secrets. Under Pulumi's own engine nobody can."""

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        secret = secret_keys(ask.news) - {PROVIDER_KEY, "secrets"}
        if secret:
            keys = sorted({_SAID_AS.get(key, key) for key in secret})
            return Refusal(tuple(Problem(key, _WORDS) for key in keys))
        return super().check(ask)
