# The same neighbours as images, where their programs are missing and Docker answers. Sourced by neighbours.sh.
docker_answers() { have docker && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; }
