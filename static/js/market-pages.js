// The market's pages stay current underneath; their charts look after themselves.
import { keep } from "./refresh.js";

keep();
