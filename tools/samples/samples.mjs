// Reads requests in the form of HTTP archives, as JSON; writes the samples of each in every language, as JSON.
import { readFileSync } from "node:fs";
import { HTTPSnippet } from "@readme/httpsnippet";

// The label, the language for highlighting, the file, and what writes it.
const LANGUAGES = [
  ["curl", "Shell", "curl.sh", convert("shell", "curl")],
  ["curl (cmd.exe)", "Batch", "curl.cmd", forCmd],
  ["C#", "C#", "csharp.cs", convert("csharp", "httpclient")],
  ["Java", "Java", "java.java", (request) => inClass(convert("java", "nethttp")(request))],
  ["JavaScript", "JavaScript", "javascript.js", convert("javascript", "fetch")],
  ["Objective-C", "Objective-C", "objective-c.m", convert("objc", "nsurlsession")],
  ["PHP", "PHP", "php.php", convert("php", "curl")],
  ["Python", "Python", "python.py", convert("python", "requests")],
  // A mock is called without TLS.
  ["Ruby", "Ruby", "ruby.rb", (request) => convert("ruby", "native")(request).replace("use_ssl = true", "use_ssl = url.scheme == 'https'")],
];

function convert(target, client) {
  return (request) => [new HTTPSnippet(request).convert(target, client)].flat()[0];
}

// So that `java FILE` runs it.
function inClass(code) {
  const lines = ["public static void main(String[] arguments) throws Exception {", code.trimEnd().replace(/^/gm, "    "), "}"];
  return `import java.net.URI;\nimport java.net.http.*;\n\nclass Sample {\n${lines.join("\n").replace(/^/gm, "    ")}\n}`;
}

function forCmd({ method, url, headers, postData }) {
  const parts = [`--request ${method}`, `--url "${url}"`, ...headers.map(({ name, value }) => `--header "${name}: ${value}"`)];
  const body = JSON.stringify(JSON.parse(postData?.text ?? "null")).replaceAll('"', '\\"');
  if (/[%&|<>^!]/.test(body)) return null; // cmd.exe has a meaning for these, and no plain way to quote them here
  return `curl ${[...parts, ...(postData ? [`--data "${body}"`] : [])].join(" ^\n  ")}`;
}

const requests = JSON.parse(readFileSync(0, "utf8"));
const samples = requests.map((request) =>
  LANGUAGES.map(([label, lang, file, write]) => ({ label, lang, file, source: write(request) })).filter(({ source }) => source),
);
process.stdout.write(JSON.stringify(samples));
