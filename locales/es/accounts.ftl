# Crear una cuenta, verificar una dirección, obtener una contraseña nueva.

password-too-short = Use al menos { $least } caracteres. Unas cuantas palabras que pueda recordar son una buena contraseña.
password-too-long = Use como máximo { $most } caracteres.
password-is-name = La contraseña no puede ser su nombre.
password-is-email = La contraseña no puede ser su dirección de correo.
password-expected-words = La contraseña debe ser algo más que su nombre, su dirección de correo o el nombre de este servidor: añada palabras que no tengan que ver con ellos.
password-too-common = Esta contraseña está en las listas que todo el mundo prueba primero. Elija otra.
password-too-easy = Esta contraseña es fácil de adivinar: una palabra corriente, una fila de teclas o una repetición. Use unas cuantas palabras que no vayan juntas.
