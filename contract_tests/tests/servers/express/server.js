// A second reading of the same rules as service.py, as an Express app; `node server.js PORT` serves it.
"use strict";

const { randomUUID, randomInt } = require("node:crypto");
const express = require("express");

const KEY = "q7W-synthetic-key-of-a-plain-backend";
const FORBIDDEN = "z9K-synthetic-key-of-a-guest";
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const START = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;
const FLAGS = [
  "isSendEmail", "isPublishRecordURL", "isWaitingRoom", "meetingAuthentication", "muteUponEntry",
  "exportMultimediaWeb", "publishMutimediaChannel",
];
const RANGES = { recordType: [1, 2], authenticationOpt: [1, 2], meetingType: [1, 3] };
const TEXTS = ["alternativeHosts", "channelName"];

const isText = (it) => typeof it === "string";
const isUuid = (it) => isText(it) && UUID.test(it);
const isObject = (it) => typeof it === "object" && it !== null && !Array.isArray(it);
const within = (low, high) => (it) => Number.isInteger(it) && low <= it && it <= high;
const isRole = within(1, 6);

function moment(text) {
  const match = isText(text) && START.exec(text);
  if (!match) return null;
  const offset = match[4].toUpperCase();
  if (offset !== "Z" && (Number(offset.slice(1, 3)) > 14 || Number(offset.slice(4)) > 59)) return null;
  const asked = `${match[1]}T${match[2]}`;
  const shown = new Date(`${asked}Z`);
  // Date takes 30 February for 1 March.
  if (Number.isNaN(shown.getTime()) || shown.toISOString().slice(0, 19) !== asked) return null;
  const milliseconds = (match[3] ?? ".0").slice(1, 4).padEnd(3, "0");
  const moment = new Date(`${asked}.${milliseconds}${offset}`);
  return moment.getUTCFullYear() >= 2021 && moment.getUTCFullYear() < 9999 ? moment : null;
}

function isAccess(it) {
  if (!isObject(it)) return false;
  const grants = (list, key) =>
    list === undefined ||
    (Array.isArray(list) && list.every((one) => isObject(one) && isUuid(one[key]) && isRole(one.accessRole)));
  return (
    grants(it.groupAccess, "groupID") &&
    grants(it.userAccess, "userID") &&
    (it.publicAccess == null || isRole(it.publicAccess)) &&
    (it.inheritedResourceID == null || isUuid(it.inheritedResourceID))
  );
}

const CHECKS = {
  duration: (it) => within(15, 1485)(it) && it % 15 === 0,
  name: (it) => isText(it) && [...it].length <= 200,
  startDate: (it) => moment(it) !== null,
  ...Object.fromEntries(["moduleID", "lessonID", "channelID"].map((name) => [name, isUuid])),
  ...Object.fromEntries(FLAGS.map((name) => [name, (it) => typeof it === "boolean"])),
  ...Object.fromEntries(TEXTS.map((name) => [name, isText])),
  ...Object.fromEntries(Object.entries(RANGES).map(([name, ends]) => [name, within(...ends)])),
  access: isAccess,
};

function fault(body) {
  if (!isObject(body)) return "Send an object.";
  const missing = ["name", "moduleID", "duration", "startDate"].find((name) => !Object.hasOwn(body, name));
  if (missing) return `You forgot ${missing}.`;
  const wrong = Object.keys(CHECKS).find((name) => Object.hasOwn(body, name) && !CHECKS[name](body[name]));
  return wrong ? `I do not like your ${wrong}.` : "";
}

function meeting(body) {
  const start = moment(body.startDate);
  const number = String(90_000_000_000 + randomInt(9_000_000_000));
  const same = [...FLAGS, ...TEXTS, ...Object.keys(RANGES), "channelID"].filter((name) => Object.hasOwn(body, name));
  return {
    moduleID: body.moduleID, topic: body.name, name: body.name, meetingID: number,
    joinUrl: `https://us06web.zoom.us/j/${number}`, startDate: start.toISOString(),
    endDate: new Date(start.getTime() + body.duration * 60_000).toISOString(), createdDate: new Date().toISOString(),
    meetingDuration: body.duration, id: randomUUID(), creatorID: "00000000-0000-4000-8000-000000003039",
    userID: "E0999999", userName: "Guest", meetingPassword: randomUUID().slice(0, 8), isSetPassword: true,
    ...Object.fromEntries(same.map((name) => [name, body[name]])),
  };
}

const refuse = (response, status, words) => response.status(status).type("text/plain").send(words);

function identify(request, response, next) {
  request.key = request.get("ocp-apim-subscription-key") ?? request.query["subscription-key"];
  if (request.key === KEY || request.key === FORBIDDEN) return next();
  response.set("WWW-Authenticate", 'ApiKey realm="zoom"');
  return refuse(response, 401, "Who are you?");
}

function isJson(request) {
  const label = (request.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  return label === "application/json" || label === "text/json" || /^application\/.*\+json$/.test(label);
}

const app = express();
app.use("/api/zoom/Meeting", (request, response, next) =>
  request.method === "POST" ? next() : response.set("Allow", "POST").sendStatus(405));
app.post(
  "/api/zoom/Meeting",
  identify,
  (request, response, next) => (isJson(request) ? next() : refuse(response, 415, "Send JSON.")),
  express.json({
    type: () => true,
    strict: false,
    verify: (_request, _response, raw) => new TextDecoder("utf-8", { fatal: true }).decode(raw),
  }),
  (request, response) => {
    const words = fault(request.body);
    if (words) return refuse(response, 400, words);
    if (request.key === FORBIDDEN) return refuse(response, 403, "This is not your course.");
    return response.status(201).set("Cache-Control", "no-store").json(meeting(request.body));
  },
);
app.use((error, _request, response, _next) => {
  // What `verify` refuses is a body that is not UTF-8, which the parser would answer with 403.
  const status = error.type === "entity.verify.failed" ? 400 : (error.status ?? 500);
  return refuse(response, status, status < 500 ? "This is not JSON." : "Sorry.");
});
app.listen(Number(process.argv[2]), "127.0.0.1");
