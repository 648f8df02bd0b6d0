"""kiota's runtime under models as its generator writes them; the generator itself is a .NET program."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from kiota_abstractions.authentication import ApiKeyAuthenticationProvider, KeyLocation
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import Parsable, ParseNodeFactoryRegistry, SerializationWriterFactoryRegistry
from kiota_http.httpx_request_adapter import HttpxRequestAdapter
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory

MEETING = {
    "uuid": "id creatorID moduleID channelID",
    "datetime": "startDate endDate createdDate",
    "int": "meetingDuration recordType authenticationOpt meetingType",
    "bool": "readonlyAccess isSendEmail isPublishRecordURL isSetPassword isWaitingRoom meetingAuthentication "
    "muteUponEntry notFoundInZoom exportMultimediaWeb publishMutimediaChannel",
    "str": "name userID userName email topic apiUserName meetingID meetingPassword joinUrl hostKey alternativeHosts "
    "channelName",
}
READS = {name: f"get_{kind}_value" for kind, names in MEETING.items() for name in names.split()}
WRITES = {
    UUID: "write_uuid_value",
    datetime: "write_datetime_value",
    bool: "write_bool_value",
    int: "write_int_value",
    str: "write_str_value",
}


class Model(Parsable):
    """A model: typed values by their wire names, read and written one by one as a generated model does it."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    @staticmethod
    def create_from_discriminator_value(parse_node: Any) -> "Model":
        """An empty model, for kiota to fill."""
        return Model({})

    def get_field_deserializers(self) -> dict[str, Callable[[Any], None]]:
        """How each property is read."""
        return {name: self._reader(name, method) for name, method in READS.items()}

    def _reader(self, name: str, method: str) -> Callable[[Any], None]:
        return lambda node: self.values.__setitem__(name, getattr(node, method)())

    def serialize(self, writer: Any) -> None:
        """Write each property by the method for its type."""
        for name, value in self.values.items():
            if isinstance(value, Model):
                writer.write_object_value(name, value)
            elif isinstance(value, list):
                writer.write_collection_of_object_values(name, value)
            else:
                getattr(writer, WRITES[type(value)])(name, value)


def typed(value: Any) -> Any:
    """A JSON value as the value of a model."""
    if isinstance(value, dict):
        return Model({name: typed(inner) for name, inner in value.items() if inner is not None})
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    for kind in (UUID, datetime.fromisoformat):
        try:
            return kind(value)
        except (ValueError, TypeError, AttributeError):
            continue
    return value


def caller(base_url: str, key_header: str, key: str, request: dict[str, Any]) -> Callable[[], Any]:
    """A call of the operation, over kiota's default middleware."""
    reading, writing = ParseNodeFactoryRegistry(), SerializationWriterFactoryRegistry()
    reading.CONTENT_TYPE_ASSOCIATED_FACTORIES["application/json"] = JsonParseNodeFactory()
    writing.CONTENT_TYPE_ASSOCIATED_FACTORIES["application/json"] = JsonSerializationWriterFactory()
    adapter = HttpxRequestAdapter(ApiKeyAuthenticationProvider(KeyLocation.Header, key, key_header), reading, writing)
    adapter.base_url = base_url
    values = typed(request).values

    async def call() -> Any:
        information = RequestInformation(Method.POST, "{+baseurl}/Meeting", {"baseurl": base_url})
        information.headers.try_add("Accept", "application/json")
        information.set_content_from_parsable(adapter, "application/json", Model(values))
        return await adapter.send_async(information, Model, {})

    return call
