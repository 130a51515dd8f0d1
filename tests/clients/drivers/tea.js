"use strict";
// Drives `@alicloud/mts20140618`: `node tea.js URL VERSION`.

const { default: Client, ...models } = require("@alicloud/mts20140618");
const { $OpenApiUtil } = require("@alicloud/openapi-core");
const { RuntimeOptions } = require("@darabonba/typescript");
const lines = require("./lines");

const [ENDPOINT, VERSION] = process.argv.slice(2);
const { protocol, host } = new URL(ENDPOINT);
const PROTOCOL = protocol.slice(0, -1).toUpperCase();

/** Keeps what arrived, which the models then take apart. */
class RecordingClient extends Client {
  async callApi(...values) {
    const arrived = await super.callApi(...values);
    this.received = arrived.body;
    return arrived;
  }
}

const clientWith = lines.cached(
  (accessKeyId, accessKeySecret, securityToken, signatureAlgorithm) =>
    new RecordingClient(
      new $OpenApiUtil.Config({
        accessKeyId,
        accessKeySecret,
        securityToken,
        protocol: PROTOCOL,
        endpoint: host,
        regionId: "cn-shanghai",
        ...(signatureAlgorithm && { signatureAlgorithm }),
      }),
    ),
);

async function answer(call) {
  const client = clientWith(...call.key, call.signature);
  client.received = null;
  const request = call.generic ? null : typedRequest(call.operation, call.parameters);
  const outcome = { typed: request !== null };
  try {
    outcome.answer = request ? await typedCall(client, call, request) : await genericCall(client, call);
  } catch (error) {
    if (!error.requestId) throw error; // not an answer of the server
    outcome.error = {
      code: error.code,
      message: error.message,
      status: error.statusCode,
      request_id: error.requestId,
    };
  }
  return { ...outcome, received: client.received };
}

/** The client's own request, or null when it has no such class or the class lacks a parameter. */
function typedRequest(operation, parameters) {
  const requestClass = models[`${operation}Request`];
  if (!requestClass) return null;
  const properties = new Map(Object.entries(requestClass.names()).map(([property, name]) => [name, property]));
  const given = Object.entries(parameters).map(([name, value]) => [properties.get(name), value]);
  return given.some(([property]) => !property) ? null : new requestClass(Object.fromEntries(given));
}

/** Through `createFpShotDB` for `CreateFpShotDB`. */
async function typedCall(client, call, request) {
  const method = call.operation[0].toLowerCase() + call.operation.slice(1);
  return (await client[method](request)).body.toMap();
}

async function genericCall(client, call) {
  const params = new $OpenApiUtil.Params({
    action: call.operation,
    version: VERSION,
    protocol: PROTOCOL,
    pathname: "/",
    method: call.method,
    authType: "AK",
    style: "RPC",
    reqBodyType: "formData",
    bodyType: call.format === "JSON" ? "json" : "string",
  });
  const parameters = Object.fromEntries(
    Object.entries(call.parameters).map(([name, value]) => [name, String(value)]),
  );
  const query = call.form ? {} : parameters;
  if (call.format !== "JSON") query.Format = call.format;
  const request = new $OpenApiUtil.OpenApiRequest(call.form ? { query, body: parameters } : { query });
  return (await client.callApi(params, request, new RuntimeOptions({}))).body;
}

lines.serve(answer);
