export {plot, line, lineY, dot, cell, rectY, barX, text, tip, pointer, ruleX, ruleY, axisX, axisY, gridY, areaY, legend} from "@observablehq/plot";
