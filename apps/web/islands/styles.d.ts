// A style sheet that an island imports becomes the style sheet of its bundle.
declare module "*.css";
