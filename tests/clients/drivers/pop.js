"use strict";
// Drives `@alicloud/pop-core`, which has one generic call: `node pop.js URL VERSION`.

const PopCore = require("@alicloud/pop-core");
const lines = require("./lines");

const [ENDPOINT, VERSION] = process.argv.slice(2);

const clientWith = lines.cached(
  (accessKeyId, accessKeySecret, securityToken) =>
    new PopCore({ accessKeyId, accessKeySecret, securityToken, endpoint: ENDPOINT, apiVersion: VERSION }),
);

/** POST sends every parameter in a form, GET in the query. */
async function answer(call) {
  try {
    const got = await clientWith(...call.key).request(call.operation, call.parameters, { method: call.method });
    return { typed: false, received: got, answer: got };
  } catch (error) {
    if (!error.entry) throw error; // not an answer of the server
    return {
      typed: false,
      received: null,
      error: {
        code: error.code,
        message: error.message,
        status: error.entry.response.statusCode,
        request_id: error.data.RequestId,
      },
    };
  }
}

lines.serve(answer);
