import { mount } from "svelte";
import "./styles/tokens.css";
import "./styles/app.css";
import App from "./App.svelte";
import { theme } from "./state/theme.svelte";

theme.apply();
theme.followPrinting();

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element #app");
mount(App, { target });
