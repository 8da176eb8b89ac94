#!/usr/bin/env bash
# Builds the programs of a Kubernetes cluster from Go modules and prints the path of each one asked for, one a line.
# They are kept by version in ${ISOTHERM_BIN:-${XDG_CACHE_HOME:-~/.cache}/isotherm/bin}; what is there is not built again.
# An interrupted build goes on where it was (Go's build cache). Needs Go 1.26. Cold, on two cores: about 6 minutes, 5 GB of caches.
#
#   tools/cluster/build.sh control-plane     kube-apiserver kube-controller-manager kubectl etcd
#   tools/cluster/build.sh node              the rest: kube-scheduler kubelet kube-proxy coredns
#   tools/cluster/build.sh deploy            helm promtool: checks of deploy/
#   tools/cluster/build.sh NAME…             these
#   tools/cluster/build.sh --missing NAME…   builds nothing; prints the names that are not there yet
set -euo pipefail
KUBERNETES=1.35.8 ETCD=3.6.14 COREDNS=1.12.4 HELM=4.0.0 PROMTOOL=0.307.3
BIN="${ISOTHERM_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/isotherm/bin}"
CONTROL_PLANE="kube-apiserver kube-controller-manager kubectl etcd"
NODE="kube-scheduler kubelet kube-proxy coredns"
DEPLOY="helm promtool"
STAGING="api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator
  component-base component-helpers controller-manager cri-api cri-client csi-translation-lib dynamic-resource-allocation endpointslice
  externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils
  pod-security-admission sample-apiserver sample-cli-plugin sample-controller"

say() { echo "tools/cluster/build.sh: $*" >&2; }

# Version and module group of a program.
describe() {
  case $1 in
    kube-apiserver | kube-controller-manager | kubectl | kube-scheduler | kubelet | kube-proxy) echo "$KUBERNETES kubernetes" ;;
    etcd) echo "$ETCD etcd" ;;
    coredns) echo "$COREDNS coredns" ;;
    helm) echo "$HELM helm" ;;
    promtool) echo "$PROMTOOL promtool" ;;
    *) say "unknown program '$1'; known: $CONTROL_PLANE $NODE $DEPLOY"; exit 2 ;;
  esac
}

# A module of our own around theirs: `go install` refuses a main module that has replace directives.
enter_module() {
  mkdir -p "$1"
  cd "$1"
  [ -f ready ] || { rm -f go.mod go.sum; go mod init "cluster-programs" 2>/dev/null; }
}

prepare_kubernetes() {
  enter_module "$BIN/../modules/kubernetes-$KUBERNETES"
  [ -f ready ] && return
  for module in $STAGING; do go mod edit -replace "k8s.io/$module=k8s.io/$module@v0.${KUBERNETES#1.}"; done
  # shellcheck disable=SC2046
  go get -tool $(printf "k8s.io/kubernetes/cmd/%s@v$KUBERNETES " kube-apiserver kube-controller-manager kubectl kube-scheduler kubelet kube-proxy)
  touch ready
}

prepare_etcd() {
  enter_module "$BIN/../modules/etcd-$ETCD"
  [ -f ready ] || { go get -tool "go.etcd.io/etcd/server/v3@v$ETCD" && touch ready; }
}

prepare_coredns() {
  enter_module "$BIN/../modules/coredns-$COREDNS"
  [ -f ready ] || { go get -tool "github.com/coredns/coredns@v$COREDNS" && touch ready; }
}

prepare_helm() {
  enter_module "$BIN/../modules/helm-$HELM"
  [ -f ready ] || { go get -tool "helm.sh/helm/v4/cmd/helm@v$HELM" && touch ready; }
}

prepare_promtool() {
  enter_module "$BIN/../modules/promtool-$PROMTOOL"
  [ -f ready ] || { go get -tool "github.com/prometheus/prometheus/cmd/promtool@v$PROMTOOL" && touch ready; }
}

# Without these the server calls itself v0.0.0, and checks of version skew fail.
linker_flags() {
  [ "$1" = kubernetes ] || { echo "-s -w"; return; }
  local version=k8s.io/component-base/version
  echo "-s -w -X $version.gitVersion=v$KUBERNETES -X $version.gitMajor=1 -X $version.gitMinor=${KUBERNETES:2:2}"
}

package_of() {
  case $1 in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    coredns) echo github.com/coredns/coredns ;;
    helm) echo helm.sh/helm/v4/cmd/helm ;;
    promtool) echo github.com/prometheus/prometheus/cmd/promtool ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
  esac
}

only_missing=false names=()
for argument in "${@:-control-plane}"; do
  case $argument in
    --missing) only_missing=true ;;
    control-plane) read -ra more <<<"$CONTROL_PLANE"; names+=("${more[@]}") ;;
    node) read -ra more <<<"$NODE"; names+=("${more[@]}") ;;
    deploy) read -ra more <<<"$DEPLOY"; names+=("${more[@]}") ;;
    *) names+=("$argument") ;;
  esac
done

for name in "${names[@]}"; do
  description=$(describe "$name")
  read -r version group <<<"$description"
  program="$BIN/$name-$version/$name"
  if $only_missing; then
    [ -x "$program" ] || echo "$name"
    continue
  fi
  if [ ! -x "$program" ]; then
    command -v go >/dev/null || { say "$name $version is built from its Go module, and there is no Go here. Install Go 1.26 or later (go.dev/dl)."; exit 1; }
    say "building $name $version …"
    began=$SECONDS
    mkdir -p "$BIN/$name-$version"
    (
      export CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false"
      "prepare_$group"
      go build -p 2 -ldflags "$(linker_flags "$group")" -o "$program.new" "$(package_of "$name")"
    ) >&2
    mv "$program.new" "$program"
    say "built $name $version in $((SECONDS - began)) s"
  fi
  echo "$program"
done
