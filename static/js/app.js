// Everything a page needs. Pages work without it, except the live flow sheet, dragging and drafts.
import "bootstrap/dist/css/bootstrap.css";
import "@fontsource/inter/latin-400.css";
import "@fontsource/inter/latin-500.css";
import "@fontsource/inter/latin-600.css";
import "@fontsource/inter/latin-ext-400.css";
import "@fontsource/inter/latin-ext-500.css";
import "@fontsource/inter/latin-ext-600.css";
import "../css/tokens.css";
import "../css/bootstrap.css";
import "../css/app.css";
import "../css/room.css";
import "../css/patients.css";
import "../css/measures.css";
import "../css/ribbon.css";
import "../css/calendar.css";

import "../css/record.css";
import "../css/screening.css";
import "../css/imports.css";

import "./clock.js";
import "./countdown.js";
import "./day.js";
import "./drafts.js";
import "./inplace.js";
import "./keys.js";
import "./lock.js";
import "./measures.js";
import "./menu.js";
import "./moving.js";
import "./names.js";
import "./once.js";
import "./scroll.js";
import "./refresh.js";
import "./together.js";
import "./unsaved.js";
import "./upload.js";
