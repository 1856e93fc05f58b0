"""The calls of Pulumi's ResourceMonitor service, all of them, by number."""

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from cloudmesh_iac.wire.protos import resource_pb2

_SERVICE = resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"]

NAMES: tuple[str, ...] = tuple(method.name for method in _SERVICE.methods)
REQUESTS: tuple[type[Message], ...] = tuple(
    GetMessageClass(method.input_type) for method in _SERVICE.methods
)
RESPONSES: tuple[type[Message], ...] = tuple(
    GetMessageClass(method.output_type) for method in _SERVICE.methods
)
