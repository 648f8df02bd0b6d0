// Express without care; `node average.js PORT` serves it.
"use strict";

const crypto = require("node:crypto");
const express = require("express");

const KEY = "q7W-synthetic-key-of-a-plain-backend";
const FORBIDDEN = "z9K-synthetic-key-of-a-guest";
const CREATOR = crypto.randomUUID();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const app = express();
app.use(express.json());

app.use((req, res, next) => {
  const key = req.get("Ocp-Apim-Subscription-Key") || req.query["subscription-key"];
  if (!key) return res.status(401).json({ error: "missing subscription key" });
  if (key === FORBIDDEN) return res.status(403).json({ error: "not allowed" });
  if (key !== KEY) return res.status(401).json({ error: "invalid subscription key" });
  next();
});

app.post("/api/zoom/Meeting", (req, res) => {
  const { moduleID, name, startDate, duration, access, lessonID, ...options } = req.body;
  if (!moduleID || !name || !startDate || !duration) {
    return res.status(400).json({ error: "moduleID, name, startDate and duration are required" });
  }
  if (!UUID.test(moduleID)) return res.status(400).json({ error: "moduleID must be a UUID" });
  if (name.length > 200) return res.status(400).json({ error: "name is too long" });
  if (duration < 15 || duration > 1485) return res.status(400).json({ error: "duration is out of range" });
  const start = new Date(startDate);
  if (isNaN(start)) return res.status(400).json({ error: "startDate is no date" });
  const number = String(crypto.randomInt(10_000_000_000, 99_999_999_999));
  res.json({
    id: crypto.randomUUID(),
    moduleID,
    name,
    topic: name,
    startDate: start.toISOString(),
    endDate: new Date(start.getTime() + duration * 60_000).toISOString(),
    createdDate: new Date().toISOString(),
    creatorID: CREATOR,
    userID: "e0123456",
    userName: "Ann",
    meetingID: number,
    meetingDuration: duration,
    meetingPassword: crypto.randomBytes(4).toString("hex"),
    isSetPassword: true,
    joinUrl: `https://nus-sg.zoom.us/j/${number}`,
    ...options,
  });
});

app.listen(Number(process.argv[2]), "127.0.0.1");
