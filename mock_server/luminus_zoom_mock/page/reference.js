"use strict";

const settings = JSON.parse(document.getElementById("settings").textContent);

// Swagger UI has a dark style, but leaves it to the page when to use it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// What Swagger UI lacks for screen readers and keyboards: attributes by selector.
const MENDED = [
  ["#servers", { "aria-label": "Server" }],
  [".servers td input, .servers td select", { "aria-label": "Server variable" }],
  [".body-param__text", { "aria-label": "Body" }],
  [".examples-select-element", { "aria-label": "Example" }],
  [".parameters :is(input, select, textarea)", { "aria-label": "Parameter" }],
  // An empty button, beside one that does the same to all levels.
  [".json-schema-2020-12-accordion:not(:has(.json-schema-2020-12-accordion__children > *))", { "aria-label": "Properties" }],
  [".information-container", { role: "region", "aria-label": "About" }],
  [".scheme-container", { role: "region", "aria-label": "Server and credentials" }],
  [".microlight", { tabindex: "0" }], // it scrolls
  [".close-modal", { "aria-label": "Close" }],
  [".modal-ux-header h3", { "aria-level": "2" }],
  [".auth-container h4", { "aria-level": "3" }],
  [".auth-container h6", { "aria-level": "4" }],
  // Other words than are seen.
  [".auth-btn-wrapper [aria-label='Remove authorization']", { "aria-label": "Logout" }],
  [".auth-btn-wrapper [aria-label='Apply credentials']", { "aria-label": "Authorize" }],
];

function mendAttributes(element) {
  for (const [selector, attributes] of MENDED)
    for (const found of element.querySelectorAll(selector))
      for (const [name, value] of Object.entries(attributes))
        if (found.getAttribute(name) !== value) found.setAttribute(name, value);
}

function samples(create, { path, method }) {
  const listed = settings.document.paths[path]?.[method]?.["x-codeSamples"];
  if (!listed) return null;
  const heading = create("div", { className: "opblock-section-header" }, create("h4", null, "Code samples"));
  const folded = listed.map(({ label, source }) =>
    create("details", { key: label }, create("summary", null, label), create("pre", { tabIndex: 0 }, source)),
  );
  return create("div", { className: "samples" }, heading, create("div", { className: "samples-list" }, folded));
}

const mend = (system) => {
  const create = system.React.createElement;
  return {
    wrapComponents: {
      // Its headings go from the first level to the third.
      operations: (Original) => (props) =>
        create("div", null, create("h2", { className: "operations-heading" }, "Operations"), create(Original, props)),
      responses: (Original) => (props) => create("div", null, samples(create, props), create(Original, props)),
    },
  };
};

const few = Object.keys(settings.document.paths ?? {}).length < 4;
const ui = SwaggerUIBundle({
  spec: settings.document,
  domNode: document.getElementById("reference"),
  plugins: [mend],
  syntaxHighlight: { theme: "obsidian" }, // the default one has too little contrast
  validatorUrl: null, // which would send the document to another host
  tryItOutEnabled: true,
  displayRequestDuration: true,
  docExpansion: few ? "full" : "list",
  defaultModelsExpandDepth: 0,
  onComplete: () => {
    for (const [scheme, value] of Object.entries(settings.credentials)) ui.preauthorizeApiKey(scheme, value);
  },
});

const reference = document.getElementById("reference");
new MutationObserver(() => mendAttributes(reference)).observe(reference, { childList: true, subtree: true });
